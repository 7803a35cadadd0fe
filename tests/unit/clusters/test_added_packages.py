"""Packages for workers that join later: read, merged, kept as a parameter of the stack."""

from __future__ import annotations

from unittest import mock

import pytest
import yaml

from disco.attributes import ADDED_PARAMETER, APT, NOTES_PARAMETER, PIP, STACK_PARAMETER
from disco.clusters import added_packages
from disco.clusters.added_packages import add_packages, adds_packages, merged
from disco.errors import Conflict, InvalidRequest
from disco.heat.stack_status import StackStatus
from disco.heat.stacks import Stack
from disco.heat.template import resize
from tests.support.specs import HUGE, ID, rendered


def a_stack(status: str = "CREATE_COMPLETE", added: str | None = "") -> Stack:
    parameters = {STACK_PARAMETER: "{}", NOTES_PARAMETER: "{}"}
    if added is not None:
        parameters[ADDED_PARAMETER] = added
    return Stack(ID, "heat-id", StackStatus(status), tags=("disco",), parameters=parameters)


def sent(stack: Stack, files: dict[str, str] | None = None, **wanted: str) -> dict[str, str]:
    """The parameters that Heat is given."""
    names = {"apt": APT, "pip": PIP}
    asked = {names[kind]: text for kind, text in wanted.items()}
    with (
        mock.patch.object(added_packages, "Stacks") as stacks,
        mock.patch.object(added_packages, "StackUpdate") as update,
    ):
        update.return_value.files.return_value = files or {}
        add_packages(mock.Mock(), stack, asked, mock.Mock())
    ((given, parameters, tags), _) = stacks.return_value.change.call_args
    assert (given, tags) == (stack, stack.tags)
    changed: dict[str, str] = parameters
    return changed


def test_a_partial_update_with_packages_asks_for_them() -> None:
    assert adds_packages({PIP: "x"}) and adds_packages({APT: "x"})
    assert not adds_packages({"action": "suspend"})


def test_packages_are_a_parameter_and_all_else_stays() -> None:
    changed = sent(a_stack(), apt="htop", pip="polars>=1,<2, tiny")
    assert changed == {
        ADDED_PARAMETER: "apt:htop pip:polars<2,>=1 pip:tiny",
        STACK_PARAMETER: "{}",
        NOTES_PARAMETER: "{}",
    }


def test_the_newer_of_two_with_one_name_holds() -> None:
    before = "apt:htop pip:Tiny.Thing==1 pip:polars"
    assert merged(before, [("pip", "tiny-thing==2"), ("apt", "htop=3")]) == (
        "apt:htop=3 pip:tiny-thing==2 pip:polars"
    )


@pytest.mark.parametrize(
    "before",
    ["apt:$(id)", "pip:';reboot;'", "pip:--index-url=x", "x:y", "pip:", "apt", "\x00", "pip:a\nb"],
)
def test_what_somebody_else_wrote_into_the_stack_is_left_out_unless_it_is_a_package(
    before: str,
) -> None:
    assert merged(before, [("pip", "tiny")]) == "pip:tiny"


def test_all_faults_come_at_once() -> None:
    with pytest.raises(InvalidRequest) as caught:
        sent(a_stack(), apt="-x", pip="$(id)")
    assert [fault.attribute for fault in caught.value.faults] == [APT, PIP]
    with pytest.raises(InvalidRequest, match="missing"):
        sent(a_stack(), pip=" ")


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "SUSPEND_COMPLETE", "CREATE_FAILED"])
def test_only_a_cluster_that_runs_is_changed(status: str) -> None:
    with pytest.raises(Conflict, match=status):
        sent(a_stack(status), pip="tiny")


def test_a_cluster_of_an_older_disco_is_left_alone() -> None:
    with pytest.raises(Conflict, match="older DISCO"):
        sent(a_stack(added=None), pip="tiny")


def test_what_user_data_have_no_room_for_is_refused() -> None:
    script = rendered({"dask": ""}, flavor=HUGE).user_data["worker"]
    others = {"master.sh": "x" * 99_999, "worker.scripts": "x" * 99_999}  # the latter is in Heat
    assert sent(a_stack(), {"worker.sh": script, **others}, pip="tiny")
    with pytest.raises(InvalidRequest, match="bytes with these packages"):
        sent(a_stack(), {"worker.sh": script, "worker-gpu.sh": "x" * 49_000}, pip="tiny")


def test_a_worker_that_joins_reads_the_parameter_and_those_that_are_there_do_not() -> None:
    template = yaml.safe_load(rendered({"dask": ""}, workers=1, flavor=HUGE).template)
    made = resize.with_workers(template, {1, 2}, {2}, (), 60, 60)

    def joins(number: int) -> object:
        user_data = made["resources"][f"worker_{number}"]["properties"]["user_data"]
        return user_data["str_replace"]["params"]["@@JOINS@@"]

    assert joins(1) == ""
    assert joins(2) == {"list_join": [" ", ["yes", {"get_param": ADDED_PARAMETER}]]}
    del template["parameters"][ADDED_PARAMETER]  # of an older DISCO
    made = resize.with_workers(template, {1, 2}, {2}, (), 60, 60)
    assert joins(2) == "yes"
