"""Who waits for a job is told how it ended, and of its results; who does not sees no script."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from disco.cli import connection
from disco.cli.jobs import kinds, submission
from disco.cli.jobs.kinds import Offered, built_in_kinds
from disco.cli.main import main
from tests.unit.cli.jobs.conftest import Master, master  # noqa: F401
from tests.unit.cli.jobs.runs import Service, script


class Everywhere(Service):
    """A service with one cluster."""

    def find(self, _: str) -> Any:
        return type("Cluster", (), {"id": "c", "frameworks": {}, "attributes": {}})()


@pytest.fixture
def cluster(master: Master, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:  # noqa: F811
    @contextlib.contextmanager
    def channel_to(*_: object) -> Iterator[Any]:
        yield master.channel

    monkeypatch.setattr(connection, "connect", lambda _: Everywhere())
    monkeypatch.setattr(submission, "channel_to", channel_to)
    monkeypatch.setattr(kinds, "offered_kinds", lambda _: Offered(tuple(built_in_kinds()), {}))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("text", "has_results"), [("touch output/x", True), ("true", False)])
def test_who_waits_is_told_of_the_end_and_of_results(
    cluster: None, capsys: pytest.CaptureFixture[str], text: str, has_results: bool
) -> None:
    assert main(["job", "submit", "c", script(text), "--id", "one", "--wait"]) == 0
    said = capsys.readouterr().err
    assert "The job has ended after 0 s: done." in said
    assert ("disco job fetch c one fetches its results." in said) is has_results


def test_the_script_of_a_framework_is_for_programs(
    cluster: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["job", "submit", "c", script("true"), "--id", "one"]) == 0
    assert "command" not in capsys.readouterr().out
    assert main(["job", "submit", "c", script("true"), "--id", "one", "-f", "json"]) == 0
    assert '"command"' in capsys.readouterr().out


def test_who_names_no_job_to_cancel_is_told_which_go_on(
    cluster: None, capsys: pytest.CaptureFixture[str]
) -> None:
    words = script("until [ -e $HOME/on ]; do sleep 0.1; done")
    assert main(["job", "submit", "c", words, "--id", "one"]) == 0
    capsys.readouterr()
    assert main(["job", "cancel", "c"]) == 2
    said = capsys.readouterr().err
    assert "JOB is required." in said and "not ended: one (job.sh)." in said
