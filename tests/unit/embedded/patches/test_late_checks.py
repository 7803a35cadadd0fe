"""A check of a resource that another check has removed is no failure of its stack.

The moment between the two cannot be brought about from outside: what Heat does in it is injected.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from disco.embedded.patches import late_checks

ARGUMENTS = (None, "traversal", None, {}, False, SimpleNamespace(id=453), None, None)


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The resources that are gone; any check fails, because something was not found."""
    from heat.common import exception
    from heat.engine.check_resource import CheckResource
    from heat.objects.resource import Resource

    missing: set[int] = set()

    def check(*_: Any) -> Any:
        raise exception.NotFound("not found")

    def get(_context: Any, resource_id: int, **_: Any) -> Any:
        if resource_id in missing:
            raise exception.NotFound(f"resource with id {resource_id} not found")
        return SimpleNamespace(id=resource_id)

    monkeypatch.setattr(CheckResource, "_do_check_resource", check)
    monkeypatch.setattr(Resource, "get_obj", get)
    late_checks.apply()
    return missing


def test_a_check_of_a_resource_that_is_gone_has_nothing_to_say(gone: set[int]) -> None:
    from heat.engine.check_resource import CheckResource

    gone.add(453)
    assert CheckResource._do_check_resource(None, *ARGUMENTS) == (False, False, None)


@pytest.mark.usefixtures("gone")
def test_what_else_is_not_found_is_a_failure() -> None:
    from heat.common import exception
    from heat.engine.check_resource import CheckResource

    with pytest.raises(exception.NotFound):
        CheckResource._do_check_resource(None, *ARGUMENTS)
