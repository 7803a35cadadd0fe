"""The schemes of others do for all workers what they do for one."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from benchmarks.schemes import MASTER, SSH, from_the_master

WORKERS = ["disco-worker-1", "disco-worker-2", "disco-worker-3"]


def test_no_ssh_of_the_master_takes_the_rest_of_its_script(tmp_path: Path) -> None:
    nodes = [{"name": n, "address": f"10.0.0.{i}"} for i, n in enumerate([MASTER, *WORKERS])]
    answer = mock.Mock(json=lambda: {"nodes": nodes})
    (tmp_path / f"key-{'c' * 36}").write_text("KEY\n")
    run = mock.Mock()
    cluster: Any = SimpleNamespace(
        site=SimpleNamespace(
            caller=mock.Mock(request=lambda *_, **__: answer), folder=tmp_path, mirror="http://m"
        ),
        location=f"http://disco/disco/{'c' * 36}",
        workers=lambda: WORKERS,
        run=run,
    )
    from_the_master(cluster)
    lines = [line for line in run.call_args_list[0].args[0].splitlines() if SSH in line]
    # the shell reads the script from where ssh would read, too: one has a pipe, or nothing
    assert len(lines) == 2 * len(WORKERS)
    assert all(f"| {SSH} " in line or f"{SSH} -n " in line for line in lines)
