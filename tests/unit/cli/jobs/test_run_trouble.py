"""Runs that are cut off, lied to, or done twice: nothing is lost, and nobody else's is deleted."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from disco.cli.exit_status import CommandError, Status
from disco.cli.jobs import run as module
from disco.cli.jobs import submission
from disco.cli.jobs.channel import Lost
from disco.cli.jobs.run import Run
from disco.cli.jobs.transfer import NOTE
from disco.client import (
    Cluster,
    ClusterFailed,
    ClusterRequest,
    InvalidAnswer,
    TooManyRequests,
    Unreachable,
)
from tests.unit.cli.jobs.conftest import Master
from tests.unit.cli.jobs.runs import ID, Killed, Service, run, script


def test_no_cluster_of_a_given_id_is_deleted_that_the_run_did_not_make(service: Service) -> None:
    """The service may fail before it can say that the cluster of this id is another one."""
    service.clusters[ID] = ClusterRequest()
    for failure in (Unreachable("reset"), TooManyRequests("busy"), KeyboardInterrupt()):
        service.failures["create"] = [failure]  # type: ignore[list-item]
        with contextlib.suppress(Unreachable, TooManyRequests):
            run(service, script("true"))
    assert "delete" not in service.said
    assert list(service.clusters) == [ID]


@pytest.mark.parametrize("name", [ID, None])
def test_a_cluster_whose_create_was_not_answered_is_deleted(
    service: Service, monkeypatch: pytest.MonkeyPatch, name: str | None
) -> None:
    def create(request: ClusterRequest, cluster_id: str) -> Cluster:
        service.clusters[cluster_id] = request
        raise Unreachable("reset")

    monkeypatch.setattr(service, "create", create)
    with pytest.raises(Unreachable):
        run(service, script("true"), name=name)
    assert service.clusters == {}


@pytest.mark.parametrize("phase", ["create", "wait", "submit", "follow", "fetch", "note", "delete"])
def test_a_run_that_is_killed_in_any_phase_goes_on_with_its_id_and_runs_the_job_once(
    service: Service, master: Master, phase: str
) -> None:
    job = script("echo run >>$HOME/runs; echo 42 >output/answer; exit 3")
    places = {
        "create": (service, "create"),
        "wait": (service, "wait"),
        "submit": (submission, "submit"),
        "follow": (module, "follow"),
        "fetch": (module, "fetch"),
        "note": (Run, "_write_note"),
        "delete": (Run, "_said"),
    }
    with pytest.MonkeyPatch.context() as patch:
        owner, name = places[phase]
        real = getattr(owner, name)

        def killed(*args: Any, **more: Any) -> None:
            real(*args, **more)
            raise Killed

        patch.setattr(owner, name, killed)
        patch.setattr(Run, "_end", lambda _: None)
        with pytest.raises(Killed):
            run(service, job)
    assert list(service.clusters) == [ID]
    assert run(service, job) == 3
    assert (master.home / "runs").read_text() == "run\n"
    assert Path("results/answer").read_text() == "42\n"
    assert service.clusters == {}


def break_fetch(monkeypatch: pytest.MonkeyPatch, how: Exception) -> None:
    def failing(*_: object, **__: object) -> None:
        raise how

    monkeypatch.setattr(module, "fetch", failing)
    monkeypatch.setattr(module.time, "sleep", lambda _: None)


@pytest.mark.parametrize(
    "how", [Lost(), CommandError("Cannot write: no space left", Status.FAILED), InvalidAnswer("x")]
)
def test_results_that_could_not_be_fetched_are_left_and_had_by_repeating(
    service: Service, master: Master, capsys: pytest.CaptureFixture[str], how: Exception
) -> None:
    """A full disk, a lost connection, more than is fetched: hours of work are not deleted."""
    job = script("echo run >>$HOME/runs; echo 42 >output/answer")
    with pytest.MonkeyPatch.context() as patch:
        break_fetch(patch, how)
        with pytest.raises((CommandError, InvalidAnswer)):
            run(service, job)
    assert list(service.clusters) == [ID]
    assert service.clusters[ID].ttl == "2h"  # it ends by itself
    assert f"disco run --id {ID} ... goes on" in capsys.readouterr().err
    with pytest.MonkeyPatch.context() as patch:
        # nor does one that cannot even reach the master take them away
        patch.setattr(submission, "submit", lambda *_: (_ for _ in ()).throw(Lost()))
        with pytest.raises(Lost):
            run(service, job)
    assert list(service.clusters) == [ID]
    assert run(service, job) == 0
    assert Path("results/answer").read_text() == "42\n"
    assert (master.home / "runs").read_text() == "run\n"
    assert service.clusters == {}


@pytest.mark.parametrize(
    ("how", "is_left"),
    [(Unreachable("reset"), True), (ClusterFailed("no host", ID, "CREATE_FAILED"), False)],
)
def test_a_repeated_run_that_cannot_go_on_deletes_only_what_failed(
    service: Service, how: Exception, is_left: bool
) -> None:
    """The command before it may have left results there."""
    service.clusters[ID] = ClusterRequest()
    service.failures["wait"] = [how]
    with pytest.raises((Unreachable, ClusterFailed)):
        run(service, script("true"))
    assert list(service.clusters) == ([ID] if is_left else [])


def test_a_job_cannot_tell_how_its_run_ended(service: Service, master: Master) -> None:
    note = json.dumps({"id": ID, "status": 0})
    job = script(f"echo '{note}' >output/{NOTE}; exit 3")
    assert run(service, job) == 3
    assert json.loads(Path("results", NOTE).read_text())["status"] == 3
    assert run(service, job) == 3


@pytest.mark.parametrize("status", [-1, 256, 10**20, 0.0, "0", None])
def test_a_note_that_has_no_exit_status_is_none(service: Service, status: object) -> None:
    Path("results").mkdir()
    Path("results", NOTE).write_text(json.dumps({"id": ID, "status": status}))
    assert run(service, script("exit 3")) == 3


def test_two_commands_do_not_do_one_run_at_a_time(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that ends first would delete the cluster from under the other."""
    job = script("exit 3")
    seen = []

    def wait(cluster_id: str, *_: object) -> Cluster:
        with pytest.raises(CommandError, match="Another command does the run") as caught:
            run(service, job, "--output", "elsewhere")
        seen.append(caught.value.status)
        return service.get(cluster_id)

    monkeypatch.setattr(service, "wait", wait)
    assert run(service, job) == 3
    assert seen == [Status.CONFLICT]
    assert service.said == ["create", "delete"]
    assert not list(Path.home().rglob("run-*.lock"))
