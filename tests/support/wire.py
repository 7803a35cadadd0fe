"""The client library on a mocked wire: answers that a real service would not give at will."""

from __future__ import annotations

from typing import Any

from keystoneauth1 import plugin, session

from disco.client import Client

ID = "70ef7ab9-ea99-47b9-bed1-d6cbc896b2d7"
BASE = "http://disco.example"
URL = f"{BASE}/disco/{ID}"
TOKEN = "a token that nobody may see"


class Somebody(plugin.BaseAuthPlugin):  # type: ignore[misc]
    """Has a token for a project, and needs no Keystone for it."""

    project: str | None = "p1"

    def get_token(self, *_: Any, **__: Any) -> str:
        return TOKEN

    def get_project_id(self, *_: Any, **__: Any) -> str | None:
        return self.project


def make_client() -> Client:
    return Client(session.Session(Somebody()), BASE, interval=0.01)


def resource(status: str, *actions: str, **attributes: str) -> dict[str, Any]:
    """A cluster in the service's JSON."""
    scheme = "http://schemas.cloudcomplab.ch/occi/sm/action#"
    return {
        "id": f"urn:uuid:{ID}",
        "attributes": {"stack_status": status, **attributes},
        "actions": [f"{scheme}{action}" for action in actions],
    }


def error(code: str, message: str, **more: Any) -> dict[str, Any]:
    """An error in the service's JSON."""
    return {"code": code, "message": message, "hint": None, "faults": [], **more}


def unknown_cluster() -> dict[str, Any]:
    """What the service answers with 404 for a cluster that the project does not have."""
    fault = {"attribute": "uuid", "code": "unknown-cluster", "message": "unknown"}
    return error("not-found", "Unknown cluster.", faults=[fault])


def query_interface(*actions: str) -> dict[str, Any]:
    """The query interface, with a kind of these actions."""
    scheme = "http://schemas.cloudcomplab.ch/occi/sm"
    kind = {
        "scheme": f"{scheme}#",
        "term": "disco",
        "title": "DISCO",
        "attributes": {"icclab.disco.components.heat.slavecount": {"description": "workers"}},
        "actions": [f"{scheme}/action#{action}" for action in actions],
    }
    return {"kinds": [kind], "mixins": []}
