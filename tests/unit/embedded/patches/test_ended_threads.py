"""A stack may be worked on as often as its user wants.

In a process of its own: oslo.service chooses its kind of threads once for a process.
"""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import threading
from oslo_service import backend

backend.init_backend(backend.BackendType.THREADING)
from heat.engine import service
from disco.embedded.patches import ended_threads

ended_threads.apply()
group = service.ThreadGroup(max_threads=3)
done = []
for number in range(10):
    group.add_thread(done.append, number).join()
release = threading.Event()
running = [group.add_thread(release.wait) for _ in range(3)]
try:
    group.add_thread(release.wait)
except RuntimeError as error:
    done.append(str(error))
release.set()
for thread in running:
    thread.join()
group.add_thread(done.append, "again").join()
print(done)
"""


def test_threads_that_ended_make_room_and_those_that_run_are_limited() -> None:
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, timeout=120
    )
    assert told.returncode == 0, told.stderr[-2000:]
    seen = [*range(10), "Maximum number of threads reached", "again"]
    assert told.stdout.splitlines()[-1] == str(seen)
