"""What DISCO answers: clusters, and what happened to them."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from disco.attributes import (
    CHECK,
    CREATED,
    EXPIRES,
    FAILURE_HINT,
    FAILURE_NODE,
    FAILURE_REASON,
    FAILURE_STEP,
    FRAMEWORKS,
    HEALTH,
    HEALTH_REASON,
    INJECT,
    MASTER_NAME,
    PHASE,
    PROGRESS,
    SLAVE_COUNT,
    SLAVE_NAME,
    TITLE,
    WARNINGS,
    names_secret,
)
from disco.client import checks
from disco.client.errors import InvalidAnswer
from disco.heat.stack_status import StackStatus
from disco.untrusted import Malformed, read_int, read_json, read_time
from disco.worker_numbers import master_name

PRIVATE_KEY = "ssh_private_key"
EXTERNAL_IP = "external_ip"
STATUS = "stack_status"
#: what a step's name begins with that is none of a component, and has no log of its own
_NO_LOG = ("heat", "node", "workers")
#: attributes that become words of command lines, files and URLs, and what they must be
_CHECKED: Mapping[str, Callable[[str], str]] = {
    STATUS: lambda text: checks.word(text, "status of the cluster"),
    EXTERNAL_IP: lambda text: checks.address(text, "address of the master"),
    "worker_external_ips": lambda text: ",".join(
        checks.address(part.strip(), "address of a worker") for part in text.split(",")
    ),
    MASTER_NAME: lambda text: checks.host_name(text, "name of the master"),
    SLAVE_NAME: lambda text: checks.host_name(text, "name of the workers"),
    PRIVATE_KEY: checks.private_key,
}
#: characters of a dictionary of frameworks that are read
_MAX_INJECT = 20_000


@dataclass(frozen=True)
class Cluster:
    """A cluster as the service showed it at one moment.

    Attributes:
        id: its UUID.
        attributes: the OCCI attributes; not in the repr, because the private key
            and passwords are among them.
        actions: the actions that the service allows now; empty in the middle of one.
        odd: a sentence for each attribute that cannot be what the service says, by its name;
            it is not among the attributes.

    Raises:
        InvalidAnswer: the id is no UUID; and the properties that need an odd attribute.
    """

    id: str
    attributes: Mapping[str, str] = field(default_factory=dict, repr=False)
    actions: tuple[str, ...] = ()
    odd: Mapping[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Check what the service says, for every user of this library."""
        checks.cluster_id(self.id)
        kept, odd = dict(self.attributes), {}
        for name, check in _CHECKED.items():
            if kept.get(name):
                try:
                    kept[name] = check(kept[name])
                except InvalidAnswer as error:
                    odd[name] = error.message
                    del kept[name]
        object.__setattr__(self, "attributes", kept)
        object.__setattr__(self, "odd", odd)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Cluster:
        """From a resource in the JSON of OCCI 1.2 (GFD.226).

        Raises:
            InvalidAnswer: it has no id that is a UUID, or another form.
        """
        checks.mapping(data, "cluster")
        if not isinstance(data.get("id"), str):
            raise InvalidAnswer("Invalid cluster: it has no id.")
        for name, form in (("attributes", dict), ("actions", list)):
            if not isinstance(data.get(name) or form(), form):
                raise InvalidAnswer(f"Invalid {name} of the cluster: another form is expected.")
        attributes = {str(k): _as_text(v) for k, v in (data.get("attributes") or {}).items()}
        if data.get("title"):
            attributes[TITLE] = str(data["title"])
        actions = tuple(
            checks.word(str(a).rpartition("#")[2], "action") for a in data.get("actions") or ()
        )
        return cls(str(data["id"]).removeprefix("urn:uuid:"), attributes, actions)

    @property
    def status(self) -> str:
        """Heat's status, e.g. ``CREATE_COMPLETE``; empty when it is not known yet."""
        return self.attributes.get(STATUS, "")

    @property
    def name(self) -> str | None:
        """The name that its owner gave it, if any; an older service's list has no names."""
        return self.attributes.get(TITLE)

    @property
    def created(self) -> datetime | None:
        """When it was created; None where an older service does not tell."""
        return self._time(CREATED)

    @property
    def ends(self) -> datetime | None:
        """When it is deleted by itself; None without a time to live."""
        return self._time(EXPIRES)

    @property
    def is_busy(self) -> bool:
        """Whether something is going on that will end by itself."""
        return not self.status or StackStatus(self.status).is_in_progress or self.is_checked

    @property
    def is_checked(self) -> bool:
        """Whether its nodes are being checked after a resume."""
        return self.phase == "checking"

    @property
    def is_failed(self) -> bool:
        """Whether its last operation failed, or it does not work after a resume."""
        return StackStatus(self.status).is_failed or self.check_failed

    @property
    def check_failed(self) -> bool:
        """Whether the check after a resume failed."""
        return self.attributes.get(CHECK) == "failed"

    @property
    def health(self) -> str | None:
        """How a list told that its nodes are: healthy, unhealthy, unknown; None if it did not."""
        return self.attributes.get(HEALTH)

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
        """Why it failed, or is not healthy: with node, step and last lines where a node told."""
        if self.check_failed:
            told = map(self.attributes.get, (FAILURE_NODE, FAILURE_STEP, FAILURE_REASON))
            return ": ".join(filter(None, told))
        return self.attributes.get("stack_status_reason") or self.attributes.get(HEALTH_REASON)

    @property
    def failed_step(self) -> tuple[str | None, str | None]:
        """The step that failed and its node, as far as they are known and have a log."""
        step, node = map(self.attributes.get, (FAILURE_STEP, FAILURE_NODE))
        if not checks.is_step(step) or str(step).partition(":")[0] in _NO_LOG:
            return None, None
        return step, node if checks.is_host_name(node) else None

    @property
    def workers(self) -> int | None:
        """How many plain workers it has, without those of groups."""
        try:
            return read_int(self.attributes.get(SLAVE_COUNT, ""), 0, 999_999)
        except Malformed:
            return None

    @property
    def frameworks(self) -> dict[str, str]:
        """Name and version (or an empty text) of the frameworks that were asked for."""
        if INJECT in self.attributes:
            return _injected(self.attributes[INJECT])
        names = self.attributes.get(FRAMEWORKS, "")
        return dict.fromkeys(filter(None, names.split("+")), "")

    @property
    def address(self) -> str | None:
        """The master's IP address from outside; None while it has none.

        Raises:
            InvalidAnswer: what the service says is no IP address.
        """
        self._refuse_odd(EXTERNAL_IP)
        return self.attributes.get(EXTERNAL_IP) or None

    @property
    def master_name(self) -> str:
        """The master's host name; ``Client.nodes`` has those of all nodes.

        Raises:
            InvalidAnswer: what the service says is no host name.
        """
        self._refuse_odd(MASTER_NAME)
        return master_name(self.attributes)

    @property
    def private_key(self) -> str | None:
        """The private key that DISCO made for its nodes; None for a user's own key.

        Raises:
            InvalidAnswer: what the service says is no text in ASCII.
        """
        self._refuse_odd(PRIVATE_KEY)
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
        return tuple(name for name in self.attributes if names_secret(name))

    def public_attributes(self) -> dict[str, str]:
        """The attributes without the secret ones."""
        return {k: v for k, v in self.attributes.items() if not names_secret(k)}

    def _time(self, name: str) -> datetime | None:
        try:
            return read_time(self.attributes.get(name, ""))
        except Malformed:
            return None

    def _refuse_odd(self, name: str) -> None:
        if name in self.odd:
            raise InvalidAnswer(f"The cluster {self.id} cannot be used. {self.odd[name]}")


def _injected(text: str) -> dict[str, str]:
    """Versions by framework."""
    versions = ((name, v) for name, v in _dictionary(text).items() if isinstance(name, str))
    return {name: v if isinstance(v, str) else _number(v) for name, v in versions}


def _number(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e9:
        return ""
    return str(value)


def _dictionary(text: str) -> dict[str, Any]:
    """The dictionary in the form of JSON or Python; nothing if it is neither."""
    if len(text) > _MAX_INJECT:
        return {}
    for read in (read_json, ast.literal_eval):
        try:
            value = read(text)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(value, dict):
            return value
    return {}


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
