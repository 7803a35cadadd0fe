"""Nova's limits and quota sets."""

from __future__ import annotations

import falcon

from disco.embedded.services.caller import caller_of
from disco.embedded.services.quotas import Quotas

_NAMES = ("instances", "cores", "ram", "key_pairs", "metadata_items", "server_groups",
          "server_group_members")  # fmt: skip


class LimitsRoute:
    """What the caller's project may have, and has."""

    def __init__(self, quotas: Quotas) -> None:
        self._quotas = quotas

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """Show limits and use."""
        limits = self._quotas.limits()
        used = self._quotas.compute_use(caller_of(request).project_id)
        response.media = {
            "limits": {
                "rate": [],
                "absolute": {
                    "maxTotalInstances": limits["instances"],
                    "maxTotalCores": limits["cores"],
                    "maxTotalRAMSize": limits["ram"],
                    "maxTotalKeypairs": limits["key_pairs"],
                    "maxServerGroups": limits["server_groups"],
                    "maxServerGroupMembers": limits["server_group_members"],
                    "maxServerMeta": limits["metadata_items"],
                    "maxPersonality": 0,
                    "maxPersonalitySize": 0,
                    "maxImageMeta": 128,
                    "totalInstancesUsed": used["instances"],
                    "totalCoresUsed": used["cores"],
                    "totalRAMUsed": used["ram"],
                    "totalServerGroupsUsed": 0,
                },
            }
        }


class QuotaSetRoute:
    """The quotas of a project; what is in use is shown of the caller's own project only."""

    def __init__(self, quotas: Quotas) -> None:
        self._quotas = quotas

    def on_get(self, request: falcon.Request, response: falcon.Response, project_id: str) -> None:
        """Show the quotas."""
        limits = self._quotas.limits()
        shown = {name: limits[name] for name in _NAMES}
        response.media = {"quota_set": {"id": project_id, **shown}}

    def on_get_detail(
        self, request: falcon.Request, response: falcon.Response, project_id: str
    ) -> None:
        """Show the quotas, and what is in use."""
        limits = self._quotas.limits()
        used = self._quotas.compute_use(caller_of(request).project_id)
        shown = {
            name: {"limit": limits[name], "in_use": used.get(name, 0), "reserved": 0}
            for name in _NAMES
        }
        response.media = {"quota_set": {"id": project_id, **shown}}
