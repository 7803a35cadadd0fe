"""A delete that Heat is too busy for is repeated; what a stack says is text that can be shown."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from heatclient import exc

from disco.errors import CloudError, Conflict
from disco.heat import stacks
from disco.heat.stack_status import StackStatus


def answering(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> tuple[stacks.Stacks, mock.Mock]:
    monkeypatch.setattr(stacks.time, "sleep", lambda _: None)
    delete = mock.Mock(side_effect=answers)
    found = stacks.Stacks.__new__(stacks.Stacks)
    found._heat = SimpleNamespace(http_client=SimpleNamespace(delete=delete))
    found._login = mock.Mock()
    return found, delete


STACK = stacks.Stack("c", "the-id", StackStatus("CREATE_COMPLETE"))
GONE = exc.HTTPNotFound(b'{"error": {"message": "gone"}}')
BEGAN = SimpleNamespace(status_code=204)


def test_a_conflict_is_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    found, delete = answering(monkeypatch, exc.HTTPConflict(), exc.HTTPConflict(), BEGAN)
    found.delete(STACK)
    assert delete.call_count == 3
    delete.assert_called_with("/stacks/disco_c/the-id")


def test_what_is_gone_meanwhile_is_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = answering(monkeypatch, exc.HTTPConflict(), GONE)
    found.delete(STACK)


def test_a_conflict_that_stays_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = answering(monkeypatch, *[exc.HTTPConflict()] * 9)
    with pytest.raises(Conflict):
        found.delete(STACK)


@pytest.mark.parametrize(
    "answer",
    [SimpleNamespace(status_code=200), exc.HTTPNotFound(b"<html>no such page</html>")],
    ids=["a page", "404 of a proxy"],
)
def test_what_heat_did_not_say_is_no_delete(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    found, _ = answering(monkeypatch, answer)
    with pytest.raises(CloudError, match="orchestration service"):
        found.delete(STACK)


# -- what a stack says, which its owner chooses --------------------------------


def read(**more: Any) -> stacks.Stack:
    told = {
        "stack_name": "disco_11111111-1111-4111-8111-111111111111",
        "id": "s",
        "stack_status": "CREATE_COMPLETE",
        "creation_time": "2026-01-01T00:00:00Z",
    }
    return stacks.read_stack(told | more)


UNREADABLE = [
    *("[" * 60_000, '{"a":' * 60_000, '{"a": ' + "9" * 5000 + "}", '{"a": 1e999}', "NaN"),
    *('{"a": "\\ud800"}', '{"a": "\ud800"}', "[]", "7", "", '{"a": "' + "x" * (1 << 20) + '"}'),
]


@pytest.mark.parametrize("text", UNREADABLE, ids=lambda text: text[:12])
def test_attributes_that_cannot_be_read_are_none(text: str) -> None:
    assert read(parameters={"disco_attributes": text}).attributes == {}


def test_every_text_of_a_stack_can_be_sent_to_a_client() -> None:
    odd = "a\ud800\x1b\n" * 100_000
    found = read(
        stack_status_reason=odd,
        creation_time=odd,
        updated_time=odd,
        tags=[odd, 7],
        outputs=[{"output_key": odd, "output_value": odd}, {"output_key": "n"}],
    )
    texts = [found.reason, found.created, found.updated or "", *found.tags]
    texts += [*found.outputs, *found.outputs.values()]
    for text in texts:
        text.encode()
    assert sum(map(len, texts)) < 512 * 1024
    assert found.outputs["n"] == ""


@pytest.mark.parametrize("moment", [None, ""])
def test_a_stack_that_was_not_updated_has_no_time_of_it(moment: str | None) -> None:
    assert read(updated_time=moment).updated is None


@pytest.mark.parametrize(
    ("member", "answer", "may"),
    [
        (True, AssertionError("not asked"), True),
        (False, GONE, True),
        (False, exc.HTTPNotFound(b"<html>"), False),
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
