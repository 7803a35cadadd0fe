"""The same create again, before and after what changes by itself."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from disco.attributes import GENERATED, SLAVE_COUNT, WARNINGS, WORKERS
from disco.clusters.repetition import check_free, create_once, is_repetition
from disco.errors import (
    CloudError,
    CloudTimeout,
    CloudUnavailable,
    Conflict,
    DiscoError,
    Forbidden,
    InvalidRequest,
    NotFound,
)
from disco.heat.stack_status import StackStatus
from disco.heat.stacks import Stack

ASKED = {SLAVE_COUNT: "2", GENERATED: "f00 jupyter.password:16", WARNINGS: "unknown attribute a"}


def repeated(there: dict[str, str] | None, status: str = "CREATE_COMPLETE") -> bool:
    stacks = mock.Mock()
    if there is None:
        stacks.get.side_effect = NotFound("gone")
    else:
        stacks.get.return_value = Stack("c", "s", StackStatus(status), attributes=there)
    spec: Any = mock.Mock(attributes=ASKED)
    return is_repetition(stacks, spec)


def test_the_same_request_is_a_repetition() -> None:
    assert repeated(ASKED)
    assert repeated({**ASKED, WORKERS: "1-2"}, "UPDATE_FAILED")
    # the key was rotated; the cloud gave a credential then, and gives none now
    assert repeated({**ASKED, GENERATED: "ba7 jupyter.password:16"})
    assert repeated({SLAVE_COUNT: "2", GENERATED: ASKED[GENERATED]})


@pytest.mark.parametrize("other", [{SLAVE_COUNT: "3"}, {"a": "b"}, {GENERATED: ""}])
def test_another_request_is_none(other: dict[str, str]) -> None:
    assert not repeated({**ASKED, **other})


def test_neither_is_one_for_a_cluster_that_goes() -> None:
    assert not repeated(ASKED, "DELETE_IN_PROGRESS")
    assert not repeated(None)


def test_a_name_that_is_taken_is_refused() -> None:
    stacks, spec = mock.Mock(), mock.Mock()
    with pytest.raises(Conflict):
        check_free(stacks, spec)
    stacks.get.side_effect = NotFound("free")
    check_free(stacks, spec)


LOST = [CloudTimeout("late"), CloudUnavailable("cut off"), CloudError("no JSON")]


def created(error: DiscoError, there: object) -> mock.Mock:
    stacks = mock.Mock()
    stacks.create.side_effect, stacks.get.side_effect = error, [there]
    create_once(stacks, mock.Mock(attributes=ASKED, id="the-id"), mock.Mock(), 5)
    return stacks


@pytest.mark.parametrize("lost", LOST, ids=lambda error: error.code)
def test_a_create_whose_answer_is_lost_is_looked_for(lost: DiscoError) -> None:
    stack = Stack("c", "s", StackStatus("CREATE_IN_PROGRESS"), attributes=ASKED)
    assert created(lost, stack).create.call_count == 1
    for there in (NotFound("none"), Stack("c", "s", StackStatus("CREATE_COMPLETE"))):
        with pytest.raises(type(lost), match=lost.message) as raised:
            created(lost, there)
        assert raised.value is lost


@pytest.mark.parametrize("lost", LOST, ids=lambda error: error.code)
def test_where_heat_does_not_tell_the_client_learns_how_to_repeat_it(lost: DiscoError) -> None:
    with pytest.raises(CloudUnavailable, match=lost.message) as raised:
        created(lost, CloudTimeout("late, too"))
    assert 'occi.core.id="the-id"' in (raised.value.hint or "")


@pytest.mark.parametrize("refused", [Conflict("x"), Forbidden("x"), InvalidRequest("x")])
def test_what_heat_refused_is_not_looked_for(refused: DiscoError) -> None:
    stacks = mock.Mock()
    stacks.create.side_effect = refused
    with pytest.raises(type(refused)):
        create_once(stacks, mock.Mock(), mock.Mock(), 5)
    assert not stacks.get.called
