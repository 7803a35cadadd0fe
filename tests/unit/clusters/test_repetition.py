"""The same create again, before and after what changes by itself."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from disco.attributes import GENERATED, SLAVE_COUNT, WARNINGS, WORKERS
from disco.clusters.repetition import check_free, is_repetition
from disco.errors import Conflict, NotFound
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
