"""The audit log: who asked for what, and with which outcome, one line of JSON for each.

The words are those of CADF (DMTF DSP0262), which OpenStack's services use, too. Nothing that
a client writes gets into a line but ids that are UUIDs, names of attributes that DISCO knows
and a request id of the form that DISCO makes: so no secret can.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import socket
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import falcon

from disco.api.http.caller_address import caller_address
from disco.clusters.actions import BY_TERM
from disco.clusters.added_packages import adds_packages
from disco.clusters.cluster_id import parse_id
from disco.clusters.scale import of_workers
from disco.errors import ConfigurationError
from disco.occi import Message
from disco.openstack.session import Login

EVENT = "http://schemas.dmtf.org/cloud/audit/1.0/event"
CLUSTER, PROJECT, TOKEN = "compute/cluster", "data/security/project", "data/security/token"
USER = "service/security/account/user"
OBSERVER = {"typeURI": "service/compute", "name": "disco", "id": socket.gethostname()}
UNKNOWN = "unknown"
#: names of attributes in a line, so that one write of the system has it whole
_MOST_NAMES = 40
_LOG = logging.getLogger("disco.audit")
#: CADF's action by the end of the address
_READS = {
    "/events": "read/events",
    "/interfaces": "read/interfaces",
    "/nodes": "read/nodes",
    "/health": "read/health",
    "/metrics": "read/metrics",
    "/logs": "read/logs",
    "/jobs": "read/jobs",
    "/choices": "read/choices",
}


def open_audit_log(path: Path | None) -> None:
    """Write to this file, which is made readable by the service alone; None: nowhere.

    Raises:
        ConfigurationError: it cannot be written.
    """
    _LOG.propagate = False
    _LOG.handlers[:] = [logging.NullHandler()]
    _LOG.disabled = path is None
    if path is not None:
        try:
            path.touch(mode=0o600)
            handler = logging.handlers.WatchedFileHandler(path, encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(f"[disco] audit_log: {path}: {error.strerror}") from error
        handler.setFormatter(logging.Formatter("%(message)s"))
        _LOG.handlers[:] = [handler]
        _LOG.setLevel(logging.INFO)


@dataclass(frozen=True)
class Initiator:
    """Who asks, as far as Keystone has said."""

    user_id: str = UNKNOWN
    project_id: str = UNKNOWN
    delegated: bool = False

    @classmethod
    def of(cls, login: Login) -> Initiator:
        """The owner of a session; Keystone is not asked again."""
        ref = getattr(login.session.auth, "auth_ref", None)
        delegated = bool(ref is not None and (ref.application_credential_id or ref.trust_scoped))
        return cls(login.user_id, login.project_id, delegated)

    @classmethod
    def of_token(cls, answer: Mapping[str, Any]) -> Initiator:
        """The owner of a token that Keystone has just given, from its description of it."""
        token = answer.get("token")
        told = token if isinstance(token, dict) else {}
        project = _id(told.get("project"))
        delegated = "application_credential" in told or "OS-TRUST:trust" in told
        return cls(_id(told.get("user")), project, delegated)


def note_initiator(request: falcon.Request, initiator: Initiator) -> None:
    """Remember who asks, for the line of this request."""
    request.context.initiator = initiator


def note_message(request: falcon.Request, message: Message) -> None:
    """Remember what is asked for, for the line of this request."""
    request.context.message = message


class AuditLog:
    """Writes a line for every operation on clusters and tokens, whatever its outcome."""

    def __init__(self, location: str, attributes: Iterable[str]) -> None:
        self._location = location
        self._names = frozenset(attributes)

    def process_response(
        self, request: falcon.Request, response: falcon.Response, _: object, __: bool
    ) -> None:
        """Write the line, after the answer is known."""
        if _LOG.disabled or not _LOG.handlers:
            return
        action = self._action(request)
        if action is None:
            return
        event = self._event(request, response, action)
        _LOG.info("%s", json.dumps(event, ensure_ascii=True, separators=(",", ":")))

    def _action(self, request: falcon.Request) -> str | None:
        """What is asked for, in CADF's words and DISCO's; None for what is public."""
        template, method = request.uri_template or "", request.method
        if template.endswith("/tokens"):
            return {"POST": "authenticate", "DELETE": "revoke"}.get(method)
        members = template.startswith("/component/")
        if not members and template != "/" and not template.startswith(self._location):
            return None
        if method in ("GET", "HEAD"):
            one = "{uuid}" in template
            end = template.removeprefix(self._location).removeprefix("{uuid}").rstrip("/")
            return _READS.get(f"/{end.lstrip('/')}") or ("read" if one else "read/list")
        if method == "DELETE":
            return "delete" if "{uuid}" in template else "delete/all"
        if method in ("POST", "PUT"):
            return self._change(request, method, "{uuid}" in template)
        return None

    def _change(self, request: falcon.Request, method: str, one: bool) -> str:
        message: Message | None = getattr(request.context, "message", None)
        asked = request.get_param("action") or ""
        if not asked and message is not None:
            asked = (message.action or "").rpartition("#")[2] or message.attributes.get(
                "action", ""
            )
        if asked == "preview" or getattr(request.context, "preview", False):
            return "evaluate/preview"
        if asked:
            scope = "" if one else "/all"
            return f"update/{asked if asked in BY_TERM else UNKNOWN}{scope}"
        if method == "POST" and one:
            asked_for = message.attributes if message is not None else {}
            if of_workers(asked_for):
                return "update/scale"
            return "update/packages" if adds_packages(asked_for) else "update"
        return "create"

    def _event(
        self, request: falcon.Request, response: falcon.Response, action: str
    ) -> dict[str, Any]:
        status = str(response.status)[:3]
        who: Initiator = getattr(request.context, "initiator", None) or Initiator()
        message: Message | None = getattr(request.context, "message", None)
        event: dict[str, Any] = {
            "typeURI": EVENT,
            "eventType": "activity",
            "id": str(uuid.uuid4()),
            "eventTime": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "action": action,
            "outcome": "success" if status < "400" else "failure",
            "reason": {"reasonType": "HTTP", "reasonCode": status},
            "initiator": {
                "typeURI": USER,
                "id": who.user_id,
                "project_id": who.project_id,
                "host": {"address": caller_address(request) or request.remote_addr},
                "delegated": who.delegated,
            },
            "target": self._target(request, response, who, action),
            "observer": OBSERVER,
            "requestId": getattr(request.context, "id", UNKNOWN),
        }
        if message is not None:
            known = sorted(n for n in message.attributes if n in self._names)
            event["attributes"] = known[:_MOST_NAMES]
            event["attributesOmitted"] = len(message.attributes) - len(event["attributes"])
        return event

    def _target(
        self, request: falcon.Request, response: falcon.Response, who: Initiator, action: str
    ) -> dict[str, str]:
        if action in ("authenticate", "revoke"):
            return {"typeURI": TOKEN, "id": UNKNOWN}
        said = [request.relative_uri.partition("?")[0].removeprefix(self._location).split("/")[0]]
        if made := response.get_header("Location"):
            said.append(made.rpartition("/")[2])
        found = [known for known in map(parse_id, said) if known]
        if found:
            return {"typeURI": CLUSTER, "id": found[0]}
        if "{uuid}" in (request.uri_template or "") or action in ("create", "evaluate/preview"):
            return {"typeURI": CLUSTER, "id": UNKNOWN}
        return {"typeURI": PROJECT, "id": who.project_id}


def _id(owner: object) -> str:
    """The id of a user or a project as Keystone describes it."""
    told = owner.get("id") if isinstance(owner, dict) else None
    return told if isinstance(told, str) and len(told) <= 64 else UNKNOWN
