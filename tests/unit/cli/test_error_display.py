"""Errors on standard error: under the options' names, with what to do next."""

from __future__ import annotations

import pytest

from disco.cli.command import as_plugin
from disco.cli.error_display import fault_text, show_error
from disco.client import (
    BadRequest,
    CloudFailed,
    Cluster,
    ClusterFailed,
    DeadlineExceeded,
    Fault,
)
from tests.support.wire import ID

HEAT = "icclab.disco.components.heat"
ROLES = ("master", "slave")


def said(error: Exception, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    return show_error(error), capsys.readouterr().err


def test_faults_are_told_under_the_names_of_options(capsys: pytest.CaptureFixture[str]) -> None:
    faults = [
        Fault(f"{HEAT}.masterimage", "unknown image", "debian-12"),
        Fault("icclab.disco.dependencies.inject", "unknown framework"),
        Fault("icclab.disco.components.dask.x", "wrong"),
    ]
    assert said(BadRequest("all in one line", faults=faults, hint="Do this."), capsys) == (
        2,
        "disco: The request has 3 errors:\n"
        "disco: --master-image: unknown image (allowed: debian-12)\n"
        "disco: FRAMEWORK: unknown framework\n"
        "disco: -p dask.x: wrong\n"
        "  Do this.\n",
    )


def test_a_failed_cluster_leads_to_its_logs(capsys: pytest.CaptureFixture[str]) -> None:
    status, text = said(ClusterFailed("It failed.", "c1", "CREATE_FAILED", "Try that."), capsys)
    assert status == 1
    assert "  Try that.\n  disco logs c1 shows" in text


def test_a_failed_step_leads_to_its_log(capsys: pytest.CaptureFixture[str]) -> None:
    attributes = {"disco.failure.step": "dask:installed", "disco.failure.node": "disco-worker-1"}
    step, node = Cluster(ID, attributes).failed_step
    error = ClusterFailed("It failed.", "c1", "CREATE_FAILED", None, step, node)
    wanted = "  disco logs c1 dask:installed --node disco-worker-1 shows the step's log until"
    assert wanted in said(error, capsys)[1]


@pytest.mark.parametrize("step", ["heat:master", "workers:checked", "$(x):y", "", None])
def test_a_step_without_a_log_leads_to_none(step: str | None) -> None:
    attributes = {"disco.failure.step": step} if step is not None else {}
    assert Cluster(ID, attributes).failed_step == (None, None)


def test_a_timeout_leads_to_watch(capsys: pytest.CaptureFixture[str]) -> None:
    status, text = said(DeadlineExceeded("Too late.", "c1", "CREATE_IN_PROGRESS"), capsys)
    assert (status, "  disco watch c1 waits" in text) == (5, True)


def test_a_failure_of_the_cloud_names_the_request(capsys: pytest.CaptureFixture[str]) -> None:
    status, text = said(CloudFailed("No answer.", request_id="r-1"), capsys)
    assert (status, "request id r-1" in text) == (6, True)


def test_an_unexpected_error_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        show_error(ZeroDivisionError())


def test_text_of_nodes_does_not_control_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    _, text = said(ClusterFailed("no such \x1b[31mthing", "c1", "CREATE_FAILED"), capsys)
    assert "\x1b" not in text


def test_an_option_for_both_roles_is_named_once(capsys: pytest.CaptureFixture[str]) -> None:
    images = [Fault(f"{HEAT}.{role}image", "unknown image 'nix'", "d12") for role in ROLES]
    flavors = [
        Fault(f"{HEAT}.masterflavor", "unknown flavor 'a'"),
        Fault(f"{HEAT}.slaveflavor", "unknown flavor 'b'"),
    ]
    _, text = said(BadRequest("", faults=[*images, *flavors]), capsys)
    assert text.count("unknown image 'nix'") == 1
    assert "disco: --image: unknown image 'nix' (allowed: d12)\n" in text
    assert "disco: --master-flavor: unknown flavor 'a'\n" in text
    assert "disco: --worker-flavor: unknown flavor 'b'\n" in text


def test_commands_in_hints_are_those_of_the_program_that_runs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_error(DeadlineExceeded("It is late.", "c1", "CREATE_IN_PROGRESS"), as_plugin)
    assert "  openstack cluster watch c1 waits for it again.\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (
            Fault("icclab.disco.dependencies.inject", "unknown component 'dusk'", "dask, flink"),
            "FRAMEWORK: unknown component 'dusk'. Did you mean \"dask\"? (allowed: dask, flink)",
        ),
        (
            Fault(f"{HEAT}.masterflavor", "unknown flavor 'm1.smal'", "m1.small, m1.large"),
            "--master-flavor: unknown flavor 'm1.smal'. Did you mean \"m1.small\"? (allowed: ",
        ),
        (Fault(f"{HEAT}.ttl", "is 'soon'", "a duration"), "--ttl: is 'soon' (allowed: a duration)"),
    ],
)
def test_what_may_be_meant_is_said(fault: Fault, sentence: str) -> None:
    assert fault_text(fault).startswith(sentence)


def test_a_part_that_is_not_installed_is_named_with_its_extra(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, text = said(ModuleNotFoundError("No", name="heatclient.v1"), capsys)
    assert (status, "pip install 'disco-clusters[server]'" in text) == (1, True)
    with pytest.raises(ModuleNotFoundError):  # of DISCO's own: nobody can install it
        show_error(ModuleNotFoundError("No", name="disco.nowhere"))
