"""Who holds on to what is left of a cluster, where the embedded cloud cannot show it."""

from __future__ import annotations

from typing import Any

import pytest

from disco.heat import leftovers, volumes
from disco.heat.catalogue import CloudCatalogue
from disco.heat.history import StackResource

LEFT = [
    StackResource("volume_2", "OS::Cinder::Volume", "DELETE_FAILED", "", "v2"),
    StackResource("network", "OS::Neutron::Net", "DELETE_FAILED", "", "n"),
]


def test_a_snapshot_of_a_volume_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        {"id": "s1", "name": "mine", "volume_id": "v2"},
        {"id": "s2", "name": "another's", "volume_id": "v9"},
    ]
    monkeypatch.setattr(CloudCatalogue, "pages", lambda *_: [])
    monkeypatch.setattr(volumes, "get", lambda *_: {"snapshots": found})
    login: Any = None
    assert leftovers.strangers(login, LEFT) == ["snapshot 'mine' s1 of volume_2"]
