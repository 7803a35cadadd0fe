"""What the tests of the embedded cloud share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from disco.embedded.cloud import EmbeddedCloud
from tests.support.cloud import heat_of, stack_at_rest

Create = Callable[..., str]


@pytest.fixture(scope="session")
def heat(embedded_cloud: EmbeddedCloud) -> Any:
    return heat_of(embedded_cloud.credentials)


@pytest.fixture(scope="module", autouse=True)
def empty_project(heat: Any) -> None:
    """Tests of other folders share the cloud, and what they delete may be on its way out."""
    for stack in heat.stacks.list():
        if not stack.stack_status.startswith("DELETE"):
            heat.stacks.delete(stack.id)
        stack_at_rest(heat, stack.id, "DELETE")


@pytest.fixture
def create(heat: Any) -> Iterator[Create]:
    """Makes stacks that are deleted after the test."""
    made: list[str] = []

    def make(name: str, template: str, **more: Any) -> str:
        answer = heat.stacks.create(stack_name=name, template=template, **more)
        made.append(answer["stack"]["id"])
        return made[-1]

    yield make
    for stack_id in made:
        if heat.stacks.get(stack_id).stack_status != "DELETE_COMPLETE":
            heat.stacks.delete(stack_id)
            assert stack_at_rest(heat, stack_id, "DELETE").stack_status == "DELETE_COMPLETE"
