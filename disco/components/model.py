"""What a component is, as loaded from its ``component.yaml``.

A component is a folder: ``heat``, ``shell`` and ``parameters`` are the base of
every cluster, the frameworks are the rest. All are loaded the same way. The
nodes of the dependency graph are pairs ``component:state``, as in the
original; states are declared in order, and a later state implies the earlier.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

PropertyType = Literal["str", "int", "bool", "enum", "secret", "cidr", "duration"]
Role = Literal["master", "worker"]
Exposure = Literal["public", "restricted", "cluster"]


@dataclass(frozen=True)
class Property:
    """A typed setting: ``...components.<component>.<name>``.

    A name that ends in ``.*`` stands for every attribute that begins with it:
    its value is a mapping of what follows the prefix to the typed values.
    ``minimum`` and ``maximum`` are of the number, of a CIDR's prefix length, or of the
    seconds of a duration.
    """

    name: str
    type: PropertyType = "str"
    description: str = ""
    default: str | None = None
    required: bool = False
    #: a property of the same component that makes this one optional when it is given
    unless: str | None = None
    values: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    pattern: str | None = None
    #: length in characters of a secret that is made when none is given
    generate: int | None = None
    #: listed in the kind's attributes at ``/-/`` beside the manifest's own
    advertised: bool = True

    @property
    def family(self) -> bool:
        """Whether the name stands for all names that begin with it."""
        return self.name.endswith(".*")

    @property
    def key(self) -> str:
        """The name under which templates find the value."""
        return self.name.removesuffix(".*")


@dataclass(frozen=True)
class Requirement:
    """An edge of the graph: what must be there first, and when it applies."""

    component: str
    state: str | None = None  # None: the required component's last state
    when: str | None = None  # Jinja expression over this component's properties
    #: only the order: holds where the cluster has that step anyway
    optional: bool = False


@dataclass(frozen=True)
class Artifact:
    """A file that is installed from, as its project publishes it.

    ``file`` and ``sources`` are templates that see ``component``; a source is the
    URL of a folder, to which the file's name is added.
    """

    file: str
    sources: tuple[str, ...]
    #: lower-case hexadecimal digest by version
    sha512: Mapping[str, str]


@dataclass(frozen=True)
class FileTemplate:
    """A file written on nodes of a role; rendered by DISCO, root-owned by default."""

    template: str  # path inside the component's folder
    path: str  # absolute path on the node
    mode: str = "0644"
    owner: str = "root:root"


@dataclass(frozen=True)
class Probe:
    """How to know that a daemon or a component is ready; deadline in seconds."""

    http: str | None = None
    tcp: str | None = None  # "host:port"
    command: str | None = None
    expect: str | None = None  # extended regular expression the answer must match
    timeout: int = 120


@dataclass(frozen=True)
class Daemon:
    """One systemd unit: foreground command, user, environment, readiness."""

    name: str  # the unit is disco-<component>-<name>.service
    exec: str  # a systemd command line; line breaks in it are spaces
    user: str = "disco"
    environment: Mapping[str, str] = field(default_factory=dict)
    working_directory: str | None = None
    ready: Probe | None = None
    #: condition over the component's properties and ``frameworks``, the plan's names
    when: str | None = None
    #: template of a number: only so many nodes have it, the master being the first
    first: str | None = None


@dataclass(frozen=True)
class RolePlan:
    """What a component does on nodes of one role."""

    install: str | None = None  # template of a bash snippet, run as root
    files: tuple[FileTemplate, ...] = ()
    configure: str | None = None  # template of a bash snippet run after the files
    daemons: tuple[Daemon, ...] = ()
    ready: tuple[Probe, ...] = ()  # checked after the daemons' own probes


@dataclass(frozen=True)
class Port:
    """A port that the component listens on.

    ``public``: open to everyone (it asks for a password or shows no secret);
    ``restricted``: only from ``allowedcidr``; ``cluster``: never from outside.
    """

    port: int
    role: Role
    expose: Exposure
    name: str = ""
    path: str | None = None  # of a user interface, e.g. "/lab"
    scheme: str = "http"
    when: str | None = None  # as a daemon's

    @property
    def is_page(self) -> bool:
        """Whether people open it in a browser, from outside or through a tunnel."""
        return self.scheme.startswith("http") and self.expose != "cluster"


@dataclass(frozen=True)
class Smoke:
    """The job that proves that the component works; run on the master."""

    script: str  # template of a bash script
    timeout: int = 300


@dataclass(frozen=True)
class ScaleIn:
    """How workers may leave a cluster that has the component.

    ``keep`` and ``least`` are expressions over the component's properties,
    ``frameworks`` and ``workers``, their number when the cluster was created.
    """

    refuse: str | None = None  # no worker may leave; why
    keep: str | None = None  # workers with a number up to this one stay
    least: str | None = None  # so many workers stay
    reason: str = ""  # why, for those two
    #: template of a bash script for the master; its arguments are the leaving workers' names.
    #: It ends when they hold nothing any more; without arguments, all are to be used again
    script: str | None = None
    timeout: int = 1800  # seconds
    data: bool = False  # what leaves without the script's work is lost for good


@dataclass(frozen=True)
class Resources:
    """A component's claim on a node: memory is shared by ``weight``."""

    weight: int = 1
    min_ram_mb: int = 0


@dataclass(frozen=True)
class Component:
    """A component as declared; immutable, shared by all requests."""

    name: str
    title: str
    description: str
    folder: Path
    states: tuple[str, ...]
    versions: tuple[str, ...] = ()  # first is the default; empty for base components
    base: bool = False
    java: int | None = None
    artifacts: tuple[Artifact, ...] = ()
    #: requirements of Python packages, templates that see ``component``
    python: tuple[str, ...] = ()
    properties: Mapping[str, Property] = field(default_factory=dict)
    #: requirements by the state that has them
    requires: Mapping[str, tuple[Requirement, ...]] = field(default_factory=dict)
    roles: Mapping[Role, RolePlan] = field(default_factory=dict)
    ports: tuple[Port, ...] = ()
    resources: Mapping[Role, Resources] = field(default_factory=dict)
    smoke: Smoke | None = None
    scale_in: ScaleIn | None = None  # None: a worker may just go
    #: text of every ``*.j2`` and ``*.sh`` of the folder by its path in it
    templates: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def default_state(self) -> str:
        """The state meant when none is named: the last."""
        return self.states[-1]


@dataclass(frozen=True, order=True)
class Step:
    """A node of the resolved graph."""

    component: str
    state: str

    def __str__(self) -> str:
        return f"{self.component}:{self.state}"


@dataclass(frozen=True)
class InstallPlan:
    """The resolved graph, in an order in which every requirement comes first.

    The order is a function of the request alone: ties are broken by name.
    """

    steps: tuple[Step, ...]
    #: step -> the steps it requires directly; the graph a preview shows
    edges: Mapping[Step, tuple[Step, ...]]
    components: Mapping[str, Component]
    #: chosen version by component
    versions: Mapping[str, str]

    @property
    def frameworks(self) -> tuple[str, ...]:
        """Names of the components that are not of the base, in plan order."""
        seen = dict.fromkeys(s.component for s in self.steps)
        return tuple(n for n in seen if not self.components[n].base)
