"""What to do about a cluster that could not be deleted."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from disco.heat.stack_resources import StackResource
from disco.heat.stacks import Stack
from disco.openstack.catalog import CloudCatalogue
from disco.status import delete_failure

#: Neutron's answer, as Heat passes it on, to a credential with access rules
REFUSED = (
    "Resource DELETE failed: Unauthorized: resources.floating_ip_association: 401-{'error':"
    " {'code': 401, 'title': 'Unauthorized', 'message': 'The request you have made requires"
    " authentication.'}}"
)


@pytest.mark.parametrize(
    ("end", "reason", "said"),
    [
        ("1795000000 abc k", REFUSED, True),
        ("", REFUSED, False),
        ("1795000000 abc k", "Resource DELETE failed: Conflict: resources.subnet: in use", False),
    ],
)
def test_a_cluster_that_could_not_end_by_itself_is_known_from_the_refusal(
    monkeypatch: pytest.MonkeyPatch, end: str, reason: str, said: bool
) -> None:
    monkeypatch.setattr(delete_failure, "remaining_resources", lambda history: [])
    monkeypatch.setattr(delete_failure, "foreign_users", lambda login, left: [])
    stack = Stack("c", "s", "DELETE_FAILED", reason, parameters={"disco_end": end})
    hint = delete_failure.delete_failure_attributes(mock.Mock(), stack)["disco.failure.hint"]
    assert ("time was over" in hint) is said
    assert "Delete the cluster again" in hint


LEFT = [
    StackResource("volume_2", "OS::Cinder::Volume", "DELETE_FAILED", "v2"),
    StackResource("network", "OS::Neutron::Net", "DELETE_FAILED", "n"),
]


def test_a_snapshot_of_a_volume_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which the embedded cloud cannot show: it makes no snapshots."""
    snapshots = [
        {"id": "s1", "name": "mine", "volume_id": "v2"},
        {"id": "s2", "name": "another's", "volume_id": "v9"},
    ]
    lists = {"ports": [], "floatingips": [], "snapshots": snapshots}
    monkeypatch.setattr(CloudCatalogue, "pages", lambda self, service, path, key: lists[key])
    monkeypatch.setattr(CloudCatalogue, "begin", lambda *_: None)
    login: Any = None
    assert delete_failure.foreign_users(login, LEFT) == ["snapshot 'mine' s1 of volume_2"]
