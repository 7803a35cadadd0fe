"""Which addresses a cluster has that is being created, as its tag tells."""

from __future__ import annotations

import ipaddress

from disco.clusters.plan import pending_addresses
from disco.heat.stacks import Stack
from disco.heat.template.address_tag import address_tag
from disco.spec import Network

THERE = Network(
    "mine", "", ipaddress.IPv4Network("10.1.0.0/24"), base=5, room=20, id="n", subnet="s"
)


def test_addresses_of_a_cluster_that_comes_are_read_from_its_tag() -> None:
    tag = address_tag(THERE, 2)
    assert tag is not None
    assert len(tag) <= 80

    def told(status: str, *tags: str) -> list[str]:
        found = pending_addresses([Stack("c", "i", status, tags=("disco", *tags))], "s")
        return [str(ipaddress.IPv4Address(number)) for number in found]

    assert told("CREATE_IN_PROGRESS", tag) == ["10.1.0.5", "10.1.0.6", "10.1.0.7"]
    assert told("CREATE_FAILED", tag)  # a retry makes the ports that are missing
    assert told("CREATE_COMPLETE", tag) == []  # the ports tell
    assert told("UPDATE_FAILED", tag)  # so does one that was tried before
    assert told("CREATE_IN_PROGRESS", "disco-addresses=nonsense") == []
    assert told("CREATE_IN_PROGRESS", "disco-addresses=s/10.1.0.300/2", tag)[0] == "10.1.0.5"
    assert (
        list(pending_addresses([Stack("c", "i", "CREATE_IN_PROGRESS", tags=(tag,))], "other")) == []
    )


def test_a_cluster_with_a_network_of_its_own_tells_no_addresses() -> None:
    own = Network("own", "", ipaddress.IPv4Network("10.1.0.0/24"))
    assert address_tag(own, 2) is None
