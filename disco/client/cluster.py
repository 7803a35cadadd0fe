"""What DISCO answers: clusters, and what happened to them."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from disco.attributes import (
    CHECK,
    FAILURE_HINT,
    FAILURE_NODE,
    FAILURE_REASON,
    FAILURE_STEP,
    FRAMEWORKS,
    INJECT,
    MASTER_NAME,
    PHASE,
    PROGRESS,
    SLAVE_COUNT,
    WARNINGS,
)

PRIVATE_KEY = "ssh_private_key"
TITLE = "occi.core.title"
_SECRET_ENDINGS = ("password", "passwd", "secret", "token", "private_key")


@dataclass(frozen=True)
class Cluster:
    """A cluster as the service showed it at one moment.

    Attributes:
        id: its UUID.
        attributes: the OCCI attributes; not in the repr, because the private key
            and passwords are among them.
        actions: the actions that the service allows now; empty in the middle of one.
    """

    id: str
    attributes: Mapping[str, str] = field(default_factory=dict, repr=False)
    actions: tuple[str, ...] = ()

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Cluster:
        """From a resource in the JSON of OCCI 1.2 (GFD.226)."""
        attributes = {str(k): _as_text(v) for k, v in (data.get("attributes") or {}).items()}
        if data.get("title"):
            attributes[TITLE] = str(data["title"])
        actions = tuple(str(a).rpartition("#")[2] for a in data.get("actions") or ())
        return cls(str(data["id"]).removeprefix("urn:uuid:"), attributes, actions)

    @property
    def status(self) -> str:
        """Heat's status, e.g. ``CREATE_COMPLETE``; empty when it is not known yet."""
        return self.attributes.get("stack_status", "")

    @property
    def name(self) -> str | None:
        """The name that its owner gave it; None in a list."""
        return self.attributes.get(TITLE)

    @property
    def is_busy(self) -> bool:
        """Whether something is going on that will end by itself."""
        return not self.status or self.status.endswith("_IN_PROGRESS") or self.is_checked

    @property
    def is_checked(self) -> bool:
        """Whether its nodes are being checked after a resume."""
        return self.phase == "checking"

    @property
    def is_failed(self) -> bool:
        """Whether its last operation failed, or it does not work after a resume."""
        return self.status.endswith("_FAILED") or self.check_failed

    @property
    def check_failed(self) -> bool:
        """Whether the check after a resume failed."""
        return self.attributes.get(CHECK) == "failed"

    @property
    def phase(self) -> str | None:
        """What it is doing, e.g. ``installing``; None where an older service has no phases."""
        return self.attributes.get(PHASE)

    @property
    def progress(self) -> str | None:
        """How many of its resources are done, e.g. ``7/9``; None where it is unknown."""
        return self.attributes.get(PROGRESS)

    @property
    def hint(self) -> str | None:
        """What to do about its failure; None where nothing is known."""
        return self.attributes.get(FAILURE_HINT)

    @property
    def reason(self) -> str | None:
        """Why it failed: with node, step and last lines where a node reported them."""
        if self.check_failed:
            told = map(self.attributes.get, (FAILURE_NODE, FAILURE_STEP, FAILURE_REASON))
            return ": ".join(filter(None, told))
        return self.attributes.get("stack_status_reason")

    @property
    def workers(self) -> int | None:
        """How many plain workers it has, without those of groups."""
        count = self.attributes.get(SLAVE_COUNT, "")
        return int(count) if count.isdigit() else None

    @property
    def frameworks(self) -> dict[str, str]:
        """Name and version (or an empty text) of the frameworks that were asked for."""
        if INJECT in self.attributes:
            return _injected(self.attributes[INJECT])
        names = self.attributes.get(FRAMEWORKS, "")
        return dict.fromkeys(filter(None, names.split("+")), "")

    @property
    def address(self) -> str | None:
        """The master's address from outside; None while it has none."""
        return self.attributes.get("external_ip") or None

    @property
    def master_name(self) -> str:
        """The master's host name; ``Client.nodes`` has those of all nodes."""
        return self.attributes.get(MASTER_NAME, "disco-manager")

    @property
    def private_key(self) -> str | None:
        """The private key that DISCO made for its nodes; None for a user's own key."""
        key = self.attributes.get(PRIVATE_KEY)
        return key.replace("\\n", "\n") if key else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the service did not understand or could not do, a sentence each."""
        text = self.attributes.get(WARNINGS, "")
        return tuple(filter(None, (part.strip() for part in text.split(";"))))

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the attributes whose values are secret."""
        return tuple(name for name in self.attributes if is_secret(name))

    def public_attributes(self) -> dict[str, str]:
        """The attributes without the secret ones."""
        return {k: v for k, v in self.attributes.items() if not is_secret(k)}


@dataclass(frozen=True)
class EventPage:
    """What happened to a cluster.

    Attributes:
        events: the oldest first; each has ``time``, ``status``, and what is known of
            ``node``, ``resource``, ``step``, ``source`` and ``text``.
        marker: as ``since`` it asks for the events after these.
    """

    events: tuple[Mapping[str, Any], ...]
    marker: str


def is_secret(name: str) -> bool:
    """Whether the value of an attribute of this name is a secret."""
    return name.lower().endswith(_SECRET_ENDINGS)


def _injected(text: str) -> dict[str, str]:
    """Versions by framework."""
    return {name: "" if v is None else str(v) for name, v in _dictionary(text).items()}


def _dictionary(text: str) -> dict[str, Any]:
    """The dictionary in the form of JSON or Python; nothing if it is neither."""
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(value, dict):
            return {str(name): inner for name, inner in value.items()}
    return {}


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
