"""A delete that Heat is too busy for is repeated; the real Heat of the tests never is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from heatclient import exc

from disco.errors import Conflict
from disco.heat import stacks
from disco.heat.stack_status import StackStatus


def answering(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> tuple[stacks.Stacks, mock.Mock]:
    monkeypatch.setattr(stacks.time, "sleep", lambda _: None)
    delete = mock.Mock(side_effect=answers)
    found = stacks.Stacks.__new__(stacks.Stacks)
    found._heat = SimpleNamespace(stacks=SimpleNamespace(delete=delete))
    return found, delete


def test_a_conflict_is_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    found, delete = answering(monkeypatch, exc.HTTPConflict(), exc.HTTPConflict(), None)
    found.delete("disco_x")
    assert delete.call_count == 3


def test_what_is_gone_meanwhile_is_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = answering(monkeypatch, exc.HTTPConflict(), exc.HTTPNotFound())
    found.delete("disco_x")


def test_a_conflict_that_stays_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = answering(monkeypatch, *[exc.HTTPConflict()] * 9)
    with pytest.raises(Conflict):
        found.delete("disco_x")


@pytest.mark.parametrize(
    ("member", "answer", "may"),
    [
        (True, AssertionError("not asked"), True),
        (False, exc.HTTPNotFound(), True),
        (False, exc.HTTPBadRequest(), True),
        (False, exc.HTTPForbidden(), False),
        # access rules of an application credential
        (False, exc.HTTPUnauthorized(), False),
        # who cannot be asked has not said yes
        (False, exc.HTTPInternalServerError(), False),
        (False, exc.HTTPServiceUnavailable(), False),
        (False, None, False),
    ],
)
def test_who_may_change_a_stack_is_heat_s_to_say_where_roles_do_not(
    member: bool, answer: Exception | None, may: bool
) -> None:
    found = stacks.Stacks.__new__(stacks.Stacks)
    found._login = mock.Mock(is_member=member)
    patch = mock.Mock(side_effect=answer)
    found._heat = SimpleNamespace(http_client=SimpleNamespace(patch=patch))
    stack = stacks.Stack("c", "the-id", StackStatus("CREATE_COMPLETE"))
    assert found.may_change(stack) is may
    if not member:
        # a preview, and of a stack that is not there: nothing can come of it
        path = patch.call_args.args[0]
        assert path.startswith("/stacks/disco_c/") and path.endswith("/preview")
        assert stack.stack_id not in path
