"""Server groups: kept and shown, without meaning on a cloud of one machine."""

from __future__ import annotations

import falcon

from disco.embedded.services.api_error import ApiError
from disco.embedded.services.caller import caller_of
from disco.embedded.services.records import Record, Records, new_id, now, visible

_DEFAULT_POLICY = "soft-anti-affinity"


class ServerGroupRoutes:
    """Server groups, as Nova answers for them."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def _find(self, request: falcon.Request, id: str) -> Record:
        group = self._records.get("server_group", id)
        if group is None or group["project_id"] != caller_of(request).project_id:
            raise ApiError(404, f"Instance group {id} could not be found.")
        return group

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """List server groups."""
        groups = self._records.all("server_group", caller_of(request).project_id)
        response.media = {"server_groups": [visible(group) for group in groups]}

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        """Create a server group."""
        caller, body = caller_of(request), request.get_media()["server_group"]
        policy = body.get("policy") or (body.get("policies") or [_DEFAULT_POLICY])[0]
        group: Record = {
            "name": body["name"], "policy": policy, "policies": [policy],
            "rules": body.get("rules") or {}, "members": [], "metadata": {},
            "id": new_id(), "project_id": caller.project_id, "user_id": caller.user_id,
            "created_at": now()[:-1],
        }  # fmt: skip
        response.media = {"server_group": visible(self._records.put("server_group", group))}

    def on_get_one(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        """Show a server group."""
        response.media = {"server_group": visible(self._find(request, id))}

    def on_delete_one(self, request: falcon.Request, response: falcon.Response, id: str) -> None:
        """Delete a server group."""
        self._records.delete("server_group", self._find(request, id)["id"])
        response.status = falcon.HTTP_204
