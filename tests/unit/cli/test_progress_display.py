"""What changes is printed once; nodes come from the service, or an older one's log server."""

from __future__ import annotations

import io
import re
import subprocess
import sys

import pytest
import requests_mock

from disco.cli.progress_display import Display, Watch
from disco.client import Cluster, NodeProgress
from tests.support.wire import ID, URL, error, make_client

CLUSTER = Cluster(ID, {"stack_status": "CREATE_IN_PROGRESS", "external_ip": "192.0.2.7"})
EVENT = {
    "time": "2026-05-01T12:00:00Z",
    "node": "m",
    "step": "dask:installed",
    "source": "node",
    "status": "started",
}


def test_a_change_is_one_line(wire: requests_mock.Mocker) -> None:
    wire.get(f"{URL}/nodes", json={"nodes": [{"name": "m", "role": "master"}]})
    pages = [{"json": {"events": [EVENT], "marker": "1"}}, {"json": {"events": [], "marker": "1"}}]
    wire.get(f"{URL}/events", pages)
    stream = io.StringIO()
    watch = Watch(stream, make_client())
    for _ in range(3):
        watch(CLUSTER)
    state, node = stream.getvalue().splitlines()
    assert state.endswith("CREATE_IN_PROGRESS")
    assert "m: dask:installed " in node
    # nodes are listed once for each status
    assert sum(r.url.endswith("/nodes") for r in wire.request_history) == 1


def test_of_an_older_service_the_master_s_own_log_is_shown(wire: requests_mock.Mocker) -> None:
    for page in ("nodes", "events"):
        wire.get(f"{URL}/{page}", status_code=404, json=error("not-found", "Nothing here."))
    line = '{"time": "2026-05-01T12:00:00Z", "node": "m", "step": "java:installed"}\n'
    wire.get("http://192.0.2.7:8084/events.jsonl", text=line)
    stream = io.StringIO()
    watch = Watch(stream, make_client())
    for _ in range(2):
        watch(CLUSTER)
    assert "m: java:installed " in stream.getvalue()
    asked = [r.url for r in wire.request_history if "disco.example" in r.url]
    assert len(asked) == 2  # neither page is asked for again


HOSTILE = (
    "[red]x[/red] [link=http://e]y[/link] :smile:\x1b[31m\x9b2J\n[  9.0 s] CREATE_COMPLETE\tok"
)


def test_what_a_node_says_is_one_line_of_text_on_a_terminal_and_elsewhere(
    wire: requests_mock.Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    wire.get(f"{URL}/nodes", json={"nodes": [{"name": "m", "role": "master"}]})
    wire.get(f"{URL}/events", json={"events": [{**EVENT, "step": HOSTILE}], "marker": "1"})
    for stream in (io.StringIO(), Terminal()):
        with Watch(stream, make_client()) as watch:
            watch(CLUSTER)
        text = stream.getvalue()
        assert "[red]x[/red] [link=http://e]y[/link] :smile:?[31m?2J [  9.0 s]" in text
        assert not [line for line in text.splitlines() if line.startswith("[  9.0 s]")]
        assert "\x9b" not in text and "smile:\x1b" not in text


class Terminal(io.StringIO):
    """A terminal of 60 columns; ``screen`` is what stays on it."""

    def isatty(self) -> bool:
        return True

    def screen(self) -> list[str]:
        lines, row = [""], 0
        for code, text in re.findall(r"\x1b\[([0-9;?]*[A-Za-z])|([^\x1b]+)", self.getvalue()):
            if code.endswith("A"):
                row -= int(code[:-1])
            elif code == "2K":
                lines[row] = ""
            for place, line in enumerate(text.replace("\r", "").split("\n")):
                row += place > 0
                lines += [""] * (row + 1 - len(lines))
                lines[row] += line
        return [line.rstrip() for line in lines if line.strip()]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()


def node(name: str, step: str, status: str = "running") -> NodeProgress:
    return NodeProgress(name, step, status, 3, 9.0)


def test_a_terminal_shows_how_many_nodes_are_not_shown(terminal: Terminal) -> None:
    display = Display(terminal)
    display.show(CLUSTER, [node("m", "a:b")], 4, 61.0)
    display.close()
    assert terminal.screen() == [
        "CREATE_IN_PROGRESS  1:01  192.0.2.7",
        "  m  a:b  9 s so far  3 steps done",
        "  3 more nodes",
    ]


def test_a_terminal_is_drawn_on_in_place_and_left_as_it_was(
    terminal: Terminal, wire: requests_mock.Mocker
) -> None:
    wire.get(f"{URL}/nodes", json={"nodes": []})
    wire.get(f"{URL}/events", json={"events": [], "marker": "1"})
    with pytest.raises(KeyboardInterrupt), Watch(terminal, make_client()) as watch:
        watch(CLUSTER)
        watch(Cluster(ID, {"stack_status": "CREATE_COMPLETE"}))
        raise KeyboardInterrupt
    (line,) = terminal.screen()
    assert line.startswith("CREATE_COMPLETE  0:0")
    assert terminal.getvalue().count("\x1b[?25l") == terminal.getvalue().count("\x1b[?25h") == 1
    assert terminal.getvalue().endswith("\n\x1b[?25h")


def test_what_failed_is_red_and_no_node_can_draw(terminal: Terminal) -> None:
    display = Display(terminal)
    nodes = [node("m", "a:b", "failed"), node("w\x1b[2J\nx", "c" * 80)]
    display.show(Cluster(ID, {"stack_status": "CREATE_COMPLETE"}), nodes, 2, 1.0)
    display.close()
    drawn = terminal.getvalue()
    assert "CREATE_\x1b[32mCOMPLETE\x1b[0m" in drawn
    assert "\x1b[31mfailed\x1b[0m after 9 s" in drawn
    assert "\x1b[2J" not in drawn
    assert [line[:10].strip() for line in terminal.screen()] == ["CREATE_COM", "m", "w?[2J x"]
    assert max(map(len, terminal.screen())) <= 60
    assert all("3 steps done" in line for line in terminal.screen()[1:])


def test_rich_is_loaded_by_who_waits_alone() -> None:
    script = (
        "import sys\nfrom disco.cli.main import main\n"
        "try: main(['list', '--help'])\n"
        "finally: sys.stderr.write(str('rich' in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stderr == "False"
