"""What DISCO answers: clusters, and what it offers."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from disco.attributes import (
    CHECK,
    COMPONENT_PREFIX,
    FAILURE_HINT,
    FAILURE_NODE,
    FAILURE_REASON,
    FAILURE_STEP,
    FRAMEWORKS,
    GROUPS,
    INJECT,
    MASTER_NAME,
    PHASE,
    PROGRESS,
    SLAVE_COUNT,
    SLAVE_NAME,
    WARNINGS,
    WORKERS,
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
        actions: terms of the actions that fit its state; empty in the middle of one.
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
        """Heat's state, e.g. ``CREATE_COMPLETE``; empty when it is not known yet."""
        return self.attributes.get("stack_status", "")

    @property
    def name(self) -> str | None:
        """The name that its owner gave it; not known in a list."""
        return self.attributes.get(TITLE)

    @property
    def is_busy(self) -> bool:
        """Whether something is going on that will end by itself."""
        return not self.status or self.status.endswith("_IN_PROGRESS") or self.is_checked

    @property
    def is_checked(self) -> bool:
        """Whether its nodes find out at the moment if they work after a resume."""
        return self.phase == "checking"

    @property
    def is_failed(self) -> bool:
        """Whether its last operation failed, or it does not work after a resume."""
        return self.status.endswith("_FAILED") or self.check_failed

    @property
    def check_failed(self) -> bool:
        """Whether it was resumed and does not work."""
        return self.attributes.get(CHECK) == "failed"

    @property
    def phase(self) -> str | None:
        """What it is doing, in a word, as ``installing``; None where the service does not tell."""
        return self.attributes.get(PHASE)

    @property
    def progress(self) -> str | None:
        """How many of its resources are done, as ``7/9``; None where the service does not tell."""
        return self.attributes.get(PROGRESS)

    @property
    def hint(self) -> str | None:
        """What to do about its failure; None where the service does not tell."""
        return self.attributes.get(FAILURE_HINT)

    @property
    def reason(self) -> str | None:
        """Why it failed: node, step and last lines where a node said them."""
        if self.check_failed:
            told = map(self.attributes.get, (FAILURE_NODE, FAILURE_STEP, FAILURE_REASON))
            return ": ".join(filter(None, told))
        return self.attributes.get("stack_status_reason")

    @property
    def workers(self) -> int | None:
        """How many workers it has."""
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
        """The master's address from outside; None while there is none."""
        return self.attributes.get("external_ip") or None

    @property
    def master_name(self) -> str:
        """The master's host name."""
        return self.attributes.get(MASTER_NAME, "disco-manager")

    @property
    def worker_names(self) -> tuple[str, ...]:
        """The workers' host names, those of groups among them."""
        base = self.attributes.get(SLAVE_NAME, "disco-worker")
        # numbers such as 1-3,7, once it was scaled
        told = [self.attributes.get(WORKERS) or f"1-{self.workers or 0}"]
        # of groups as big:2-3,6 gpu:4
        groups = self.attributes.get(f"{WORKERS}.groups") or self._created_groups()
        told += [group.partition(":")[2] for group in groups.split()]
        ends = (part.partition("-") for part in ",".join(told).split(","))
        numbers = {n for a, _, b in ends for n in range(int(a), int(b or a) + 1)}
        return tuple(f"{base}-{n}" for n in sorted(numbers))

    def _created_groups(self) -> str:
        """The numbers of groups that were not scaled: they go on behind the plain workers."""
        groups = _dictionary(self.attributes.get(GROUPS, "")).values()
        counts = [g.get("count") for g in groups if isinstance(g, dict)]
        extra = sum(c for c in counts if isinstance(c, int))
        created = int(self.attributes.get(f"{WORKERS}.created") or self.workers or 0)
        return f"all:{created + 1}-{created + extra}" if extra else ""

    @property
    def private_key(self) -> str | None:
        """The private key that DISCO made for its nodes; None for a user's own key."""
        key = self.attributes.get(PRIVATE_KEY)
        return key.replace("\\n", "\n") if key else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the service says was not understood or not done."""
        text = self.attributes.get(WARNINGS, "")
        return tuple(filter(None, (part.strip() for part in text.split(";"))))

    @property
    def secrets(self) -> tuple[str, ...]:
        """Names of the attributes whose values are for nobody else's eyes."""
        return tuple(name for name in self.attributes if is_secret(name))

    def public_attributes(self) -> dict[str, str]:
        """The attributes that may be shown to anybody who looks over a shoulder."""
        return {k: v for k, v in self.attributes.items() if not is_secret(k)}


def is_secret(name: str) -> bool:
    """Whether the value of an attribute of this name is a secret."""
    return name.lower().endswith(_SECRET_ENDINGS)


@dataclass(frozen=True)
class EventPage:
    """What happened to a cluster.

    Attributes:
        events: the oldest first; each has ``time``, ``status``, and what is known of
            ``node``, ``resource``, ``step``, ``source`` and ``text``.
        marker: where reading goes on after them.
    """

    events: tuple[Mapping[str, Any], ...]
    marker: str


@dataclass(frozen=True)
class Offer:
    """A mixin that the query interface names.

    Attributes:
        name: its term.
        scheme: the rest of its type identifier.
        title: for people, possibly empty.
        attributes: their descriptions by name.
        details: versions, properties, ports and what else DISCO tells of a component;
            empty where the service does not tell.
    """

    name: str
    scheme: str
    title: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """What the service offers: its kind of cluster, and what goes with it.

    Attributes:
        type_id: type identifier of the kind.
        title: for people.
        attributes: names that a create may send, with their descriptions.
        actions: terms of the actions that clusters know.
        mixins: what else the service can add to a cluster.
    """

    type_id: str
    title: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    actions: Mapping[str, str] = field(default_factory=dict)
    mixins: tuple[Offer, ...] = ()

    @property
    def frameworks(self) -> tuple[str, ...]:
        """Names of the frameworks, as far as the service tells them."""
        parts = (name.removeprefix(COMPONENT_PREFIX).split(".") for name in self.attributes)
        named = {p[0] for p in parts if len(p) > 1} - {"heat", "icclab", "parameters", "shell"}
        mixed = {m.name for m in self.mixins if "framework" in m.scheme}
        return tuple(sorted(named | mixed))


def read_kind(data: Mapping[str, Any], type_id: str) -> Kind:
    """From the query interface in the JSON of OCCI 1.2.

    Raises:
        ValueError: it has no such kind.
    """
    for raw in data.get("kinds") or ():
        if f"{raw.get('scheme')}{raw.get('term')}" == type_id:
            return Kind(
                type_id,
                str(raw.get("title") or ""),
                _descriptions(raw),
                {str(a).rpartition("#")[2]: str(a) for a in raw.get("actions") or ()},
                tuple(_offer(m) for m in data.get("mixins") or ()),
            )
    raise ValueError(f"no kind {type_id}")


def _offer(raw: Mapping[str, Any]) -> Offer:
    title = str(raw.get("title") or "")
    details = raw.get("disco")
    return Offer(
        str(raw["term"]),
        str(raw.get("scheme", "")),
        title,
        _descriptions(raw),
        details if isinstance(details, dict) else {},
    )


def _descriptions(category: Mapping[str, Any]) -> dict[str, str]:
    attributes = category.get("attributes") or {}
    return {str(n): str((a or {}).get("description", "")) for n, a in attributes.items()}


def _injected(text: str) -> dict[str, str]:
    """Versions by framework."""
    return {name: "" if v is None else str(v) for name, v in _dictionary(text).items()}


def _dictionary(text: str) -> dict[str, Any]:
    """The dictionary in the form of JSON or Python; nothing if it is neither."""
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, dict):
            return {str(name): value for name, value in found.items()}
    return {}


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
