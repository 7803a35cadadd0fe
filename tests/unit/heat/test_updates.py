"""A template that DISCO did not make is refused before anything is made of it."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest
from heatclient import exc

from disco.errors import CloudError, Conflict
from disco.heat.stack_status import CREATE_COMPLETE
from disco.heat.stacks import Stack
from disco.heat.updates import StackUpdate
from tests.support.catalogue import login_to


def update_of(told: object) -> StackUpdate:
    """Of a stack of which Heat answers the same to all questions."""
    reads: Any = mock.Mock()
    reads.read.return_value = told
    return StackUpdate(login_to(), Stack("c", "s", CREATE_COMPLETE), reads)


def template(told: object) -> Any:
    return update_of(told).template()


def nested(depth: int) -> dict[str, Any]:
    value: Any = "x"
    for _ in range(depth):
        value = {"a": [value]}
    return {"resources": {"r": {"type": "T", "properties": {"p": value}}}}


@pytest.mark.parametrize(
    "told",
    [
        *({}, {"resources": None}, {"resources": []}),
        *({"resources": {"r": "x"}}, {"resources": {"r": {}}}, {"resources": {"r": {"type": 1}}}),
        {"resources": {"r": {"type": "T", "properties": ["x"]}}},
        *(nested(50), nested(5000)),
    ],
    ids=lambda told: type(told).__name__,
)
def test_another_form_is_refused(told: object) -> None:
    with pytest.raises(Conflict) as refused:
        template(told)
    assert refused.value.code == "foreign-stack"


@pytest.mark.parametrize("told", [None, [], "x", b"<html>", 7])
def test_what_is_no_template_at_all_is_the_cloud_s_fault(told: object) -> None:
    with pytest.raises(CloudError, match=r"orchestration service .* template is not an object"):
        template(told)


@pytest.mark.parametrize("told", [None, ["a"], {"worker.sh": ["a"]}, {"worker.sh": None}])
def test_files_that_are_no_texts_are_the_cloud_s_fault(told: object) -> None:
    update = update_of(told)
    with pytest.raises(CloudError, match=r"orchestration service .* files is not an object"):
        update.files()


def test_a_template_is_as_heat_has_it() -> None:
    told = nested(3)
    assert template(told) == told


def test_a_server_that_heat_is_at_work_on_can_be_made_anew_in_a_moment() -> None:
    update = StackUpdate.__new__(StackUpdate)
    update._stack = Stack("c", "s", "CREATE_FAILED")  # type: ignore[arg-type]
    update._heat = mock.Mock()
    update._heat.resources.mark_unhealthy.side_effect = exc.HTTPConflict(
        '{"error": {"message": "Resource Server master is locked"}}'
    )
    with pytest.raises(Conflict, match=r"at work on this cluster: .*master is locked") as refused:
        update.make_anew("master")
    assert (refused.value.code, refused.value.retry_after) == ("cluster-busy", 10)
