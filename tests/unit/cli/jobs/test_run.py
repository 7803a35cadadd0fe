"""A run from its cluster to its results, with a service that is told what to do."""

from __future__ import annotations

import os
import signal
import uuid
from pathlib import Path

import pytest

from disco.cli.exit_status import CommandError, Status
from disco.cli.jobs import run as module
from disco.cli.jobs.run import Run
from disco.client import Cluster, ClusterFailed, ClusterRequest, Conflict, Unreachable
from tests.unit.cli.jobs.conftest import Master
from tests.unit.cli.jobs.runs import ID, JOB, Killed, Service, run, script


def test_results_come_and_the_cluster_goes(service: Service) -> None:
    job = script('echo 42 >"$DISCO_JOB_OUTPUT/answer"')
    assert run(service, job, "--output", "here/results") == 0
    assert Path("here/results/answer").read_text() == "42\n"
    assert service.said == ["create", "wait", "delete"]
    assert service.clusters == {}


def test_the_cluster_has_what_the_job_needs_and_an_end(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("job.py").write_text("import dask")
    service.failures["wait"] = [ClusterFailed("no host", ID, "CREATE_FAILED")]
    asked = []
    monkeypatch.setattr(
        service, "create", lambda request, _: asked.append(request) or Cluster(ID), raising=True
    )
    service.clusters[ID] = ClusterRequest()
    with pytest.raises(ClusterFailed):
        run(service, "job.py", "-w", "3")
    (request,) = asked
    assert (dict(request.frameworks), request.workers, request.ttl) == ({"dask": ""}, 3, "2h")
    assert service.clusters == {}  # one that failed is deleted, too


def test_a_job_that_fails_has_its_status_and_its_results(service: Service) -> None:
    job = script("echo partly >output/log; exit 3")
    assert run(service, job) == 3
    assert Path("results/log").read_text() == "partly\n"
    assert service.clusters == {}


def test_a_job_without_a_package_is_told_what_brings_it(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    job = script("echo \"ModuleNotFoundError: No module named 'sklearn.cluster'\" >&2; exit 1")
    assert run(service, job) == 1
    said = capsys.readouterr().err
    assert "\ndisco: --pip PACKAGE brings the package that has sklearn to all nodes" in said


def test_a_run_that_is_repeated_after_its_end_runs_nothing(
    service: Service, master: Master
) -> None:
    job = script("echo run >>$HOME/runs; exit 3")
    assert run(service, job) == 3
    assert run(service, job) == 3
    assert service.said == ["create", "wait", "delete"]
    assert (master.home / "runs").read_text() == "run\n"


def test_a_run_that_was_killed_goes_on_when_it_is_repeated(
    service: Service, master: Master
) -> None:
    """The first one is gone after it submitted: nothing of it can end anything."""
    job = script("echo run >>$HOME/runs; echo 42 >output/answer")

    def gone(*_: object, **__: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "follow", gone)
        patch.setattr(Run, "_end", lambda _: None)
        with pytest.raises(Killed):
            run(service, job)
    assert list(service.clusters) == [ID]
    assert run(service, job) == 0
    assert (master.home / "runs").read_text() == "run\n"
    assert Path("results/answer").read_text() == "42\n"
    assert service.clusters == {}


def test_ctrl_c_fetches_what_there_is_and_deletes(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    job = script("echo early >output/part; echo ready; sleep 600")

    def show(_: object, number: int, piece: bytes, final: bool = False) -> None:
        if b"ready" in piece:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("disco.cli.jobs.follow.Printer.show", show)
    assert run(service, job) == Status.INTERRUPTED
    assert Path("results/part").read_text() == "early\n"
    assert service.clusters == {}
    assert "Fetching" in capsys.readouterr().err


@pytest.mark.parametrize("kept", ["--keep", "--cluster"])
def test_a_cluster_that_stays_is_left_with_its_job(
    service: Service, monkeypatch: pytest.MonkeyPatch, kept: str, master: Master,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    job = script("echo ready; sleep 600")
    given = ["--keep"]
    if kept == "--cluster":
        service.clusters["a" * 8 + ID[8:]] = ClusterRequest()
        given = ["--cluster", "a" * 8 + ID[8:]]

    def show(_: object, number: int, piece: bytes, final: bool = False) -> None:
        if piece:
            raise KeyboardInterrupt

    monkeypatch.setattr("disco.cli.jobs.follow.Printer.show", show)
    assert run(service, job, *given) == Status.INTERRUPTED
    assert "delete" not in service.said
    assert master.channel.job(JOB).state == "running"
    assert "disco job logs --follow" in capsys.readouterr().err
    assert ("create" in service.said) == (kept == "--keep")
    if kept == "--keep":
        assert service.clusters[ID].ttl is None


def test_another_cluster_of_that_id_is_not_deleted(service: Service) -> None:
    service.failures["create"] = [Conflict("another cluster")]
    service.clusters[ID] = ClusterRequest()
    with pytest.raises(Conflict):
        run(service, script("true"))
    assert list(service.clusters) == [ID]


def test_a_delete_that_fails_is_tried_again_and_hides_no_end(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module.time, "sleep", lambda _: None)
    service.failures["delete"] = [Unreachable("gone") for _ in range(2)]
    assert run(service, script("exit 3")) == 3
    assert service.clusters == {}
    service.failures["delete"] = [Unreachable("gone") for _ in range(9)]
    other = str(uuid.uuid4())
    assert run(service, script("exit 4"), name=other) == 4
    assert f"disco delete {other} is sooner" in capsys.readouterr().err


def test_a_long_job_s_cluster_lives_on(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RENEW", 0.0)
    assert run(service, script("echo x")) == 0
    assert "extend 2h" in service.said
    service.said.clear()
    assert run(service, script("echo x"), "--ttl", "1h", name=str(uuid.uuid4())) == 0
    assert not any(said.startswith("extend") for said in service.said)


def test_a_folder_that_cannot_be_made_is_said_before_a_cluster_is(service: Service) -> None:
    Path("file").touch()
    with pytest.raises(CommandError, match="--output"):
        run(service, script("true"), "--output", "file/x")
    assert service.said == []
