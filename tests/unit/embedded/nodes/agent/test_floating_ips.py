"""Which floating IPs there are is known to the next agent, too."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest

from disco.embedded.nodes.agent.errors import HostError
from disco.embedded.nodes.agent.floating_ips import FloatingIpRecord, FloatingIps
from disco.embedded.nodes.net.tcp_relay import RelayLoop

FIRST = FloatingIpRecord("127.100.0.10", "net", "10.0.0.10")
MOVED = FloatingIpRecord("127.100.0.10", "net", "10.0.0.11")


@pytest.fixture
def relays() -> mock.Mock:
    return mock.Mock(spec=RelayLoop)


@pytest.fixture
def addresses(tmp_path: Path, relays: mock.Mock) -> FloatingIps:
    return FloatingIps(tmp_path, relays)


def test_an_address_is_kept_until_it_is_removed(
    addresses: FloatingIps, tmp_path: Path, relays: mock.Mock
) -> None:
    addresses.add(FIRST)
    assert FloatingIps(tmp_path, relays).read_records() == [FIRST]
    addresses.close()
    assert FloatingIps(tmp_path, relays).read_records() == [FIRST]
    addresses.remove(FIRST.address)
    assert list(addresses) == addresses.read_records() == []
    addresses.remove(FIRST.address)


def test_an_address_leads_to_one_node(addresses: FloatingIps, relays: mock.Mock) -> None:
    addresses.add(FIRST)
    (before,) = addresses
    before.relays[22] = relay = mock.Mock()
    addresses.add(FIRST)
    assert list(addresses) == [before]
    addresses.add(MOVED)
    relays.stop.assert_called_once_with(relay)
    assert [address.fixed_address for address in addresses] == ["10.0.0.11"]
    assert addresses.read_records() == [MOVED]


def test_an_address_that_could_be_a_path_is_refused(addresses: FloatingIps) -> None:
    with pytest.raises(HostError):
        addresses.remove("../node.json")
