"""Availability zones of the project: Nova's, and Cinder's of the same name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from disco.errors import Forbidden, NotInCloud
from disco.openstack.catalog import SHOWN, CloudCatalogue
from disco.openstack.endpoints import COMPUTE, VOLUME
from disco.suggestions import name_some

#: of Nova and Cinder: their availability zones
ZONES = "/os-availability-zone"


@dataclass
class Zones:
    """The zones; each service is asked once, and only where a zone is named.

    None stands for the zones of a service that does not list them.
    """

    cloud: CloudCatalogue
    _known: dict[str, Mapping[str, bool] | None] = field(default_factory=dict)

    def listed(self, service: str) -> Mapping[str, bool] | None:
        """The zones of ``COMPUTE`` or ``VOLUME`` by name, and whether each is available.

        Raises:
            CloudError: and its relatives, when the service fails.
        """
        if service not in self._known:
            self._known[service] = self._ask(service)
        return self._known[service]

    def _ask(self, service: str) -> Mapping[str, bool] | None:
        if service == VOLUME and not self.cloud.has_volumes:
            return None
        try:
            answer = self.cloud.get(service, ZONES)
        except (NotInCloud, Forbidden):
            return None
        return _read_zones(answer)

    def check(self, attribute: str, wanted: str | None) -> str | None:
        """Nova's zone ``wanted``; a fault in the catalogue if servers cannot be there."""
        if wanted is None:
            return None
        zones = self.listed(COMPUTE)
        if zones is None:
            return wanted  # Nova itself will say
        if not zones.get(wanted):
            if wanted in zones:
                message = f"the availability zone {wanted!r} is not available now"
            else:
                message = f"there is no availability zone {wanted!r}"
            self.cloud.mismatch(attribute, message, _names(zones))
        return wanted

    def of_volumes(self, attribute: str, zone: str | None) -> str | None:
        """Cinder's zone for volumes of servers in ``zone``; None for Cinder's default."""
        zones = None if zone is None else self.listed(VOLUME)
        if zone is None or zones is None:
            return None
        if zone not in zones:
            self.cloud.warn(
                f"the volume service has no availability zone {zone!r}: volumes of workers there"
                " are in its default zone"
            )
            return None
        if not zones[zone]:
            message = f"the volume service's availability zone {zone!r} is not available now"
            self.cloud.mismatch(attribute, message, _names(zones))
        return zone


def _read_zones(answer: Any) -> Mapping[str, bool] | None:
    """The zones of an answer; None for one of another form, which says nothing of zones."""
    try:
        return {
            str(entry["zoneName"]): entry["zoneState"]["available"] is True
            for entry in answer["availabilityZoneInfo"]
        }
    except (KeyError, TypeError):
        return None


def _names(zones: Mapping[str, bool]) -> str:
    usable = sorted(name for name, available in zones.items() if available)
    return name_some(usable, SHOWN) or "none: leave it out"
