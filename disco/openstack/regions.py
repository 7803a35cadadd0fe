"""The regions of a cloud, as the catalogue of a token has them, and the one that is used.

All services are used in one region. Where a request names none it is that of Heat, if there
is one alone; each service's own first endpoint may be of another region.
"""

from __future__ import annotations

from collections.abc import Sequence

from keystoneauth1.access.service_catalog import ServiceCatalog

from disco.errors import Fault, InvalidRequest
from disco.suggestions import closest, name_some

HEADER = "X-Region-Name"
ORCHESTRATION = "orchestration"
#: regions that a sentence names
SHOWN = 24


def list_regions(
    catalog: ServiceCatalog, service: str | None = None, interface: str | None = None
) -> list[str]:
    """Regions that have endpoints, of one service and interface if they are named."""
    found = catalog.get_endpoints_data(service_type=service, interface=interface)
    regions = (data.region_name for several in found.values() for data in several)
    return list(dict.fromkeys(region for region in regions if region))


def list_interfaces(catalog: ServiceCatalog, service: str, region: str | None) -> list[str]:
    """The interfaces that a service has endpoints of in a region; in any, without one."""
    found = catalog.get_endpoints_data(service_type=service, region_name=region)
    interfaces = (data.interface for several in found.values() for data in several)
    return sorted({interface for interface in interfaces if interface})


def choose_region(catalog: ServiceCatalog, asked: str | None, interface: str) -> str | None:
    """The region of all services; None for a catalogue that names none.

    Raises:
        InvalidRequest: the catalogue has no such region; or there are several, and none is
            asked for.
    """
    known = list_regions(catalog)
    if asked:
        if known and asked not in known:
            raise InvalidRequest.of([unknown_region(asked, known)])
        return asked
    heats = list_regions(catalog, ORCHESTRATION, interface)
    candidates = heats or list_regions(catalog, ORCHESTRATION) or known
    if len(candidates) > 1:
        several = Fault(
            HEADER, "missing; this cloud has several regions", name_all(candidates), "no-region"
        )
        raise InvalidRequest.of([several])
    return candidates[0] if candidates else None


def unknown_region(asked: str, known: Sequence[str]) -> Fault:
    """The fault of a region that is not there; the likeliest one is suggested."""
    by_folded = {region.casefold(): region for region in known}
    close = closest(asked.casefold(), by_folded, 1, cutoff=0.5)
    meant = f"; is {by_folded[close[0]]} meant?" if close else ""
    shown = asked if len(asked) <= 64 else f"{asked[:64]}..."
    return Fault(HEADER, f'unknown region "{shown}"{meant}', name_all(known), "unknown-region")


def name_all(regions: Sequence[str]) -> str:
    """Regions in a sentence."""
    return name_some(regions, SHOWN)
