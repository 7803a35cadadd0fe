"""A resource's row is written as Heat writes it."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from disco.embedded.patches.resource_update import build_update


@pytest.fixture(params=["Heat's own", "ours"])
def update(request: pytest.FixtureRequest) -> Any:
    """Both, of which each must do the same."""
    from heat.db import api

    return api._resource_update if request.param == "Heat's own" else build_update()


@pytest.fixture
def session() -> Iterator[Session]:
    """A database with one resource, which nobody works on."""
    from heat.db import models

    engine = create_engine("sqlite://")
    models.Resource.__table__.create(engine)
    with Session(engine) as session:
        session.add(models.Resource(id=1, uuid="u", name="worker_1", stack_id="s", atomic_key=4))
        session.commit()
        yield session


def row(session: Session) -> Any:
    from heat.db import models

    session.expire_all()
    return session.get(models.Resource, 1)


def test_all_that_is_given_is_written(session: Session, update: Any) -> None:
    values = {
        "engine_id": "e",
        "physical_resource_id": "server",
        "rsrc_metadata": {"a": [1]},
        "requires": [2, 3],
        "status_reason": "began",
    }
    assert update(SimpleNamespace(session=session), 1, values, 4) is True
    resource = row(session)
    assert {name: getattr(resource, name) for name in values} == values
    assert (resource.atomic_key, resource.name) == (5, "worker_1")


@pytest.mark.parametrize(
    ("resource", "key", "engine"), [(1, 3, None), (1, 4, "another"), (2, 4, None), (1, None, None)]
)
def test_what_another_changed_is_left(
    session: Session, update: Any, resource: int, key: int | None, engine: str | None
) -> None:
    values = {"status": "FAILED"}
    assert update(SimpleNamespace(session=session), resource, values, key, engine) is False
    assert (row(session).status, row(session).atomic_key) == (None, 4)


def test_a_lock_is_taken_once_and_given_back(session: Session, update: Any) -> None:
    context = SimpleNamespace(session=session)
    assert update(context, 1, {"engine_id": "e"}, 4) is True
    assert update(context, 1, {"engine_id": "f"}, 4) is False
    assert update(context, 1, {"engine_id": "f"}, 5) is False
    assert update(context, 1, {"engine_id": None}, 5, "e") is True
    assert (row(session).engine_id, row(session).atomic_key) == (None, 6)
