"""What a create made in Keystone goes when Heat refuses the cluster, and else stays."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest

from disco.clusters import keystone_credentials
from disco.clusters.keystone_credentials import Made, make_credentials, undo_credentials
from disco.errors import (
    CloudError,
    CloudTimeout,
    CloudUnavailable,
    Conflict,
    DiscoError,
    InvalidRequest,
)
from disco.object_storage import access_key
from tests.support.specs import draft

CLUSTER = "5f0c9a2e-1111-4222-8333-444455556666"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> mock.Mock:
    """Keys of S3, which Keystone is not asked for."""
    made = mock.Mock()
    monkeypatch.setattr(keystone_credentials, "StorageKeys", lambda _: made)
    monkeypatch.setattr(keystone_credentials, "make_key", lambda _, spec: made.make(spec.id))
    return made


def plan(ttl_s: int = 0) -> Any:
    """The plan of a cluster whose key DISCO makes."""
    _, spec = draft({"objectstore": ""}, ttl_s=ttl_s)
    spec.properties["objectstore"]["accesskey"] = access_key(spec.id)  # type: ignore[index]
    return SimpleNamespace(spec=spec)


@pytest.mark.parametrize(
    ("error", "removed"),
    [
        (InvalidRequest("Heat does not take the template."), True),
        (CloudError("Heat failed."), True),
        (CloudTimeout("Heat did not answer."), False),
        (CloudUnavailable("Heat may have it."), False),
        (Conflict("There is such a stack."), False),
    ],
)
def test_the_key_of_a_cluster_that_heat_refused_goes(
    keys: mock.Mock, error: DiscoError, removed: bool
) -> None:
    undo_credentials(mock.Mock(), CLUSTER, Made(storage=True), error)
    assert keys.remove.called == removed
    keys.reset_mock()
    undo_credentials(mock.Mock(), CLUSTER, Made(), error)
    assert not keys.remove.called, "what it did not make"


def test_the_key_goes_when_the_credential_of_the_end_cannot_be_made(
    keys: mock.Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = mock.Mock(side_effect=CloudUnavailable("Keystone is away."))
    monkeypatch.setattr(keystone_credentials, "with_end", failing)
    asked = plan(ttl_s=3600)
    with pytest.raises(CloudUnavailable):
        make_credentials(mock.Mock(), mock.Mock(), asked)
    keys.make.assert_called_once_with(asked.spec.id)
    keys.remove.assert_called_once_with([asked.spec.id])


def test_what_was_made_is_told(keys: mock.Mock) -> None:
    asked = plan()
    assert make_credentials(mock.Mock(), mock.Mock(), asked) == (asked, Made(storage=True))
    assert not keys.remove.called
