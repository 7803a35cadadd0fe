"""``python -m tests.openstack``: a whole OpenStack on this machine, and a cluster's life on it.

``make openstack`` is ``run``.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.openstack import machine, start, traces
from tests.openstack.box import Box, BoxError, own_network
from tests.openstack.settings import State

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
#: what matters most first; the second host starts when its test does
ORDER = ("machine", "life", "failures", "smoke", "end_of_life", "second_region", "second_host")


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status: 0 if all went well, 1 if a test failed, 2 if the machine is not fit."""
    parser = argparse.ArgumentParser(prog="python -m tests.openstack", description=__doc__)
    parser.add_argument("--state", type=Path, default=Path("openstack-state"), help="the folder")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="start it, run the tests, stop it (KEEP=1 does not)")
    run.add_argument("pytest", nargs="*", help="arguments for pytest")
    commands.add_parser("up", help="start it, or what is down of it")
    commands.add_parser("down", help="stop it; logs, packages and image stay in the folder")
    enter = commands.add_parser("enter", help="a shell or command of this machine in its network")
    enter.add_argument("words", nargs=argparse.REMAINDER)
    inside = commands.add_parser("inside", help="a command of the box: libvirt, agents, database")
    inside.add_argument("words", nargs=argparse.REMAINDER)
    asked = parser.parse_args(argv)
    state = State(asked.state.resolve())
    try:
        match asked.command:
            case "run":
                return _run(state, asked.pytest)
            case "up":
                return 0 if _up(state) else 2
            case "down":
                return _down(state)
            case _:
                return _enter(state, asked.command, asked.words)
    except (BoxError, TimeoutError) as exc:
        print(f"FAILED: {exc}", file=sys.stderr)
        return 1


def _up(state: State) -> Box | None:
    if Box.find(state) is None:
        if _is_unfit(machine.missing(state.folder)) or not machine.is_agreed(state.folder):
            return None
        subprocess.run(["sh", str(ROOT / "tools/system-packages")], check=True)
        if _is_unfit(machine.missing_programs()):
            return None
    state.folder.mkdir(parents=True, exist_ok=True)
    with (state.folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"Another command is starting a cloud in {state.folder}.", file=sys.stderr)
            return None
        return start.up(state)


def _is_unfit(reasons: Sequence[str]) -> bool:
    if reasons:
        print("This machine cannot run it:", *reasons, sep="\n  - ", file=sys.stderr)
    return bool(reasons)


def _run(state: State, more: Sequence[str]) -> int:
    before = traces.list_traces(state.folder)
    with own_network():
        box = _up(state)
        if box is None:
            return 2
        kept = os.environ.get("KEEP", "") not in ("", "0")
        try:
            with start.step(state, "tests"):
                status = _pytest(state, more)
        finally:
            if not kept:
                _down(state)
    if kept:
        print(f"It is left running: python -m tests.openstack --state {state.folder} down")
        return status
    if left := traces.list_added(before, traces.list_traces(state.folder)):
        print("This is left on the machine:", json.dumps(left, indent=1), file=sys.stderr)
        return 1
    print("Nothing is left on the machine but", state.folder)
    return status


def _pytest(state: State, more: Sequence[str]) -> int:
    command = [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:xdist", "-v"]
    command += [str(HERE / f"test_{name}.py") for name in ORDER]
    command += [f"--junit-xml={state.folder / 'junit.xml'}", *more]
    env = {**os.environ, "DISCO_OPENSTACK": str(state.folder)}
    return 1 if subprocess.run(command, env=env, cwd=ROOT, check=False).returncode else 0


def _down(state: State) -> int:
    box = Box.find(state)
    if box is None:
        cleaned = Box.clean(state)
        print("It had been killed; what it left is removed." if cleaned else "It does not run.")
        return 0
    with start.step(state, "stop"):
        box.stop()
    return 0


def _enter(state: State, how: str, words: Sequence[str]) -> int:
    box = Box.find(state)
    if box is None:
        print("It does not run: python -m tests.openstack up", file=sys.stderr)
        return 2
    command = list(words) or ["bash"]
    if how == "inside":
        return subprocess.run(box.command(*command), check=False).returncode
    box.enter_network()
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
