"""``POST /v2.0/tokens``: Keystone's second API, for clients that know no other.

The original's dashboard asks ``<auth_url>/tokens`` for a token first, in the form
of Keystone v2, which OpenStack removed in 2018. With ``http://<service>/v2.0`` as
its auth_url it works unchanged: the request is passed on to Keystone v3.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict

import falcon

from disco.api.http.audit import Initiator, note_initiator
from disco.api.http.body import read_body
from disco.errors import Fault, InvalidRequest
from disco.openstack.credentials import Credentials
from disco.openstack.errors import cloud_errors
from disco.openstack.session import Sessions
from disco.untrusted import Malformed, read_json_object

MAX_BODY = 64 * 1024


class AccessBody(TypedDict):
    """A token and what it is for, in the form of Keystone's second API."""

    access: dict[str, Any]


class PasswordCredentials(TypedDict):
    """A user's name and password."""

    username: str
    password: str


class OldAuth(TypedDict):
    """Who asks, and for which project."""

    passwordCredentials: PasswordCredentials
    tenantName: str


class AccessRequest(TypedDict):
    """A request for a token in the form of Keystone's second API."""

    auth: OldAuth


class Tokens:
    """Exchanges a user's name, password and project for a token."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        """Answer with ``access.token.id``, as Keystone v2 did."""
        credentials = _read(read_body(request, MAX_BODY))
        login = self._sessions.open_anew(credentials)
        note_initiator(request, Initiator.of(login))
        with cloud_errors("identity"):
            ref = login.access()
            response.media = {
                "access": {
                    "token": {
                        "id": ref.auth_token,
                        "issued_at": _time(ref.issued),
                        "expires": _time(ref.expires),
                        "tenant": {"id": ref.project_id, "name": ref.project_name, "enabled": True},
                    },
                    "user": {
                        "id": ref.user_id,
                        "name": ref.username,
                        "username": ref.username,
                        "roles": [{"name": name} for name in ref.role_names or ()],
                        "roles_links": [],
                    },
                    "serviceCatalog": _old_catalogue(ref.service_catalog.catalog),
                    "metadata": {"is_admin": 0, "roles": ref.role_ids},
                }
            }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _read(body: bytes) -> Credentials:
    try:
        auth = read_json_object(body)["auth"]
        password = auth["passwordCredentials"]
        texts = (password["username"], password["password"], auth["tenantName"])
        if not all(isinstance(text, str) and text for text in texts):
            raise TypeError
    except (ValueError, KeyError, TypeError) as error:
        said = f"malformed: {error}" if isinstance(error, Malformed) else "malformed"
        fault = Fault("auth", said, "passwordCredentials with username, password; tenantName")
        raise InvalidRequest.of([fault]) from None
    return Credentials(username=texts[0], password=texts[1], tenant=texts[2])


def _old_catalogue(services: list[dict[str, object]]) -> list[dict[str, object]]:
    """The catalogue in the form of version 2: one entry a region, three URLs in it."""
    old = []
    for service in services:
        regions: dict[str, dict[str, object]] = {}
        endpoints = service.get("endpoints")
        for endpoint in endpoints if isinstance(endpoints, list) else []:
            entry = regions.setdefault(endpoint["region_id"], {"region": endpoint["region_id"]})
            entry[f"{endpoint['interface']}URL"] = endpoint["url"]
            entry["id"] = endpoint["id"]
        old.append(
            {
                "type": service.get("type"),
                "name": service.get("name", ""),
                "endpoints": list(regions.values()),
                "endpoints_links": [],
            }
        )
    return old
