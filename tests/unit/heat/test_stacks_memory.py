"""Where a stack was is remembered, so that Heat is not asked for its id again; nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import requests_mock as requests_mocks

from disco.errors import CloudError, NotFound
from disco.heat.stack_status import CREATE_COMPLETE, UPDATE_IN_PROGRESS
from disco.heat.stacks import Stack, Stacks, is_settled
from tests.support.catalogue import ADDRESSES, login_to

HEAT = ADDRESSES["orchestration"]
ID = "11111111-1111-4111-8111-111111111111"
NAME = f"disco_{ID}"
JSON = {"Content-Type": "application/json"}
GONE = {"status_code": 404, "json": {"error": {"message": "gone"}}}


def told(stack_id: str, status: str = "CREATE_COMPLETE") -> dict[str, Any]:
    return {
        "id": stack_id,
        "stack_name": NAME,
        "stack_status": status,
        "tags": ["disco-workers=1"],
        "parameters": {"disco_end_secret": "a secret"},
        "outputs": [{"output_key": "ssh_private_key", "output_value": "a secret"}],
    }


class Heat:
    """A Heat that has the stack under some ids, and what it was asked."""

    def __init__(self, requests_mock: requests_mocks.Mocker, **stacks: dict[str, Any]) -> None:
        self.mock = requests_mock
        self.login = login_to()
        self.stacks = Stacks(self.login)
        self.has(**stacks)

    def has(self, **stacks: dict[str, Any]) -> None:
        live = [told(name) for name, answer in stacks.items() if answer is not GONE]
        self.mock.get(f"{HEAT}/stacks?name={NAME}", json={"stacks": live}, headers=JSON)
        for name, answer in stacks.items():
            self.mock.get(f"{HEAT}/stacks/{NAME}/{name}", headers=JSON, **answer)

    def asked(self) -> list[str]:
        paths = [request.path.rpartition("/")[2] for request in self.mock.request_history]
        self.mock.reset_mock()
        return paths


def is_there(stack_id: str, status: str = "CREATE_COMPLETE") -> dict[str, Any]:
    return {"json": {"stack": told(stack_id, status)}}


@pytest.fixture
def heat(requests_mock: requests_mocks.Mocker) -> Heat:
    return Heat(requests_mock, one=is_there("one"))


def test_the_id_is_asked_for_once(heat: Heat) -> None:
    assert heat.stacks.get(NAME).stack_id == "one"
    assert heat.asked() == ["stacks", "one"]
    assert Stacks(heat.login).get(NAME).outputs == {"ssh_private_key": "a secret"}
    assert heat.asked() == ["one"]


def test_what_is_beside_it_is_told_what_was_seen_last(heat: Heat) -> None:
    seen: list[Stack] = []
    stack = heat.stacks.get(NAME, seen.append)
    heat.stacks.remember(stack, UPDATE_IN_PROGRESS)
    heat.stacks.get(NAME, seen.append)
    assert [s.status for s in seen] == [CREATE_COMPLETE, UPDATE_IN_PROGRESS]
    assert [s.stack_id for s in seen] == ["one", "one"]


def test_no_secret_is_remembered(heat: Heat) -> None:
    heat.stacks.get(NAME)
    assert "a secret" not in repr(heat.login.memory._kept)


@pytest.mark.parametrize("old", [GONE, is_there("one", "DELETE_COMPLETE")], ids=["gone", "deleted"])
def test_a_stack_that_was_made_anew_under_its_name_is_found(
    heat: Heat, old: dict[str, Any]
) -> None:
    heat.stacks.get(NAME)
    heat.asked()
    heat.has(one=old, two=is_there("two"))
    heat.mock.get(f"{HEAT}/stacks?name={NAME}", json={"stacks": [told("two")]}, headers=JSON)
    assert heat.stacks.get(NAME).stack_id == "two"
    assert heat.asked() == ["one", "stacks", "two"]
    assert heat.stacks.get(NAME).stack_id == "two"
    assert heat.asked() == ["two"]


def test_a_stack_that_is_gone_is_not_looked_for_where_it_was(heat: Heat) -> None:
    heat.stacks.get(NAME)
    heat.has(one=GONE)
    for asked in (["stacks", "one", "one", "stacks"], ["stacks"]):
        with pytest.raises(NotFound):
            heat.stacks.get(NAME)
        assert heat.asked() == asked


def test_a_page_of_a_proxy_does_not_say_that_it_is_gone(heat: Heat) -> None:
    heat.stacks.get(NAME)
    heat.asked()
    heat.mock.get(f"{HEAT}/stacks/{NAME}/one", status_code=404, text="<html>no such page</html>")
    with pytest.raises(CloudError, match="orchestration"):
        heat.stacks.get(NAME)
    assert heat.asked() == ["one"]


@pytest.mark.parametrize(
    ("seen", "now", "settled"),
    [
        ({}, {}, True),
        ({"status": UPDATE_IN_PROGRESS}, {}, False),
        ({"updated": "2026-01-01T00:00:00Z"}, {}, False),
        ({"stack_id": "other"}, {}, False),
        # what goes on has no end yet
        ({"status": UPDATE_IN_PROGRESS}, {"status": UPDATE_IN_PROGRESS, "updated": "x"}, True),
    ],
)
def test_what_was_asked_beside_a_stack_is_used_where_that_is_as_it_was(
    seen: dict[str, Any], now: dict[str, Any], settled: bool
) -> None:
    stack = Stack("c", "one", CREATE_COMPLETE)
    assert is_settled(replace(stack, **seen), replace(stack, **now)) is settled
    assert not is_settled(None, stack)
