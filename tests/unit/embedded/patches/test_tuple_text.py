"""Threads of Heat read the keys of its sync points one after the other, and rightly."""

from __future__ import annotations

import subprocess
import sys

#: the reader of a key lets each thread begin before it ends, as often as it is not alone
PROGRAM = """
import ast, threading
from heat.engine import sync_point
from disco.embedded.patches import tuple_text

inside, most, read = [], [], ast.literal_eval
others = threading.Barrier(4)

def counted(text):
    inside.append(text)
    try:
        others.wait(0.2)
    except threading.BrokenBarrierError:
        pass
    most.append(len(inside))
    inside.remove(text)
    return read(text)

sync_point.ast.literal_eval = counted
tuple_text.apply()
threads = [
    threading.Thread(target=sync_point._deserialize, args=({f"tuple:({number}, True)": None},))
    for number in range(4)
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sync_point.ast.literal_eval = read
print(max(most), sync_point._deserialize({"tuple:(7, True)": "done"}))
"""


def test_keys_are_read_by_one_thread_at_a_time() -> None:
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=120
    )
    assert told.returncode == 0, told.stderr[-2000:]
    assert told.stdout.splitlines()[-1] == "1 {(7, True): 'done'}"
