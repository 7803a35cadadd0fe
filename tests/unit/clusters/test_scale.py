"""A request for other workers: refusals before anything is sent, and what is sent.

tests/api/test_scaling.py and test_groups.py have the rest, on a real Heat.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from disco.attributes import CREATED_WORKERS, REMOVE, SKIP_QUOTA, SLAVE_COUNT, WORKERS
from disco.clusters import capacity, scale
from disco.clusters.scale import ScaleRequest, of_workers, with_count
from disco.components.resolver import resolve_plan
from disco.errors import Conflict, InvalidRequest
from disco.heat.stack_resources import StackResource
from disco.heat.stack_status import StackStatus
from disco.heat.stacks import STACK_MARGIN_MINUTES, Stack
from disco.heat.template import resize
from tests.support.shipped import CATALOGUE
from tests.unit.heat.template.test_resize import present

PLAN = resolve_plan(CATALOGUE, {"dask": ""}, {})


class Update:
    """A complete stack of two workers."""

    def __init__(self, template: Any) -> None:
        self._template = template
        self.sent: list[Any] = []

    def template(self) -> Any:
        return self._template

    def files(self) -> dict[str, str]:
        return {}

    def resources(self) -> dict[str, StackResource]:
        known = ("master", "worker_1", "worker_2", "ready")
        return {n: StackResource(n, "t", StackStatus("CREATE_COMPLETE"), "id") for n in known}

    resources_now = resources

    def send(self, *args: Any) -> None:
        self.sent += args


def scaled(asked: dict[str, str], status: str = "CREATE_COMPLETE", template: Any = None) -> Update:
    update = Update(present(2) if template is None else template)
    stack = Stack(
        "c",
        "s",
        StackStatus(status),
        attributes={SLAVE_COUNT: "2"},
        tags=("disco-workers=2", "disco-frameworks=dask"),
    )
    planner = mock.Mock()
    planner.validate.side_effect = lambda merged: SimpleNamespace(
        checked=SimpleNamespace(
            values={"heat": {"slavecount": int(merged[SLAVE_COUNT]), "timeout": 60}}
        ),
        install=PLAN,
        faults=(),
    )
    with (
        mock.patch.object(scale, "StackUpdate", return_value=update),
        mock.patch.object(capacity, "limits", return_value=[]),
        mock.patch.object(capacity, "in_the_cloud", return_value=[]),
    ):
        ScaleRequest(mock.Mock(), stack, planner, asked, mock.Mock()).run()
    return update


def test_the_stack_keeps_how_many_there_are_and_were() -> None:
    made, attributes, tags, minutes = scaled({SLAVE_COUNT: "4"}).sent
    assert list(resize.workers(made)) == [1, 2, 3, 4]
    assert (attributes[SLAVE_COUNT], attributes[CREATED_WORKERS]) == ("4", "2")
    assert attributes[WORKERS] == "1-4"
    assert tags == ["disco-workers=4", "disco-frameworks=dask"]
    assert minutes == 60 + STACK_MARGIN_MINUTES


def test_named_workers_are_removed() -> None:
    made, attributes, *_ = scaled({REMOVE: "disco-worker-1"}).sent
    assert list(resize.workers(made)) == [2]
    assert attributes[WORKERS] == "2"


def test_the_same_number_is_sent_again_only_after_a_failure() -> None:
    assert scaled({SLAVE_COUNT: "2"}).sent == []
    assert scaled({SLAVE_COUNT: "2"}, "UPDATE_FAILED").sent != []


def test_a_request_without_workers_is_refused() -> None:
    with pytest.raises(InvalidRequest) as caught:
        scaled({SKIP_QUOTA: "true"})
    assert caught.value.code == "missing-attribute"


def test_a_stack_of_an_older_disco_is_refused() -> None:
    with pytest.raises(Conflict) as caught:
        scaled({SLAVE_COUNT: "3"}, template={"resources": {}})
    assert caught.value.code == "not-scalable"


def test_small_parts() -> None:
    assert with_count(["disco-workers=2", "mine"], 5) == ["disco-workers=5", "mine"]
    assert of_workers({SLAVE_COUNT}) and of_workers({REMOVE, "x"})
    assert not of_workers({SKIP_QUOTA})
