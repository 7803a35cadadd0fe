"""What a component is: the models of ``component.yaml``, which give types, checks and its schema.

A component is a folder: ``heat``, ``shell`` and ``parameters`` are the base of
every cluster, the frameworks are the rest. All are loaded the same way. The
nodes of the dependency graph are pairs ``component:state``, as in the
original; states are declared in order, and a later state implies the earlier.

``docs/components.md`` says in words what the keys mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from disco.components.fields import (
    ComponentName,
    Condition,
    DaemonName,
    EnvironmentName,
    FileMode,
    FileName,
    FolderContext,
    Items,
    JarFolder,
    Line,
    Name,
    NodePath,
    NonEmptyItems,
    NonEmptyTemplateText,
    NonEmptyUniqueItems,
    Owner,
    OwnState,
    Part,
    PropertyName,
    RequirementCondition,
    Seconds,
    Sha512,
    Table,
    TemplateLine,
    TemplatePath,
    TemplateScalar,
    TemplateText,
    UniqueItems,
    Url,
    UrlPath,
    UserName,
    Version,
    WorkerNumber,
    fault,
    quote,
)
from disco.components.jobs import Job
from disco.components.values import NAME_KEY, Property, secret_families

Role = Literal["master", "worker"]
Exposure = Literal["public", "restricted", "cluster"]

#: States of every component that is not of the base.
STATES = ("installed", "configured", "ready")
#: Keys under which the loader adds what is not in the file; nobody can mean them.
FOLDER_KEY, TEMPLATES_KEY = "(folder)", "(templates)"


def _make_empty() -> Mapping[Any, Any]:
    return MappingProxyType({})


class Requirement(Part):
    """An edge of the graph: what must be there first, and when it applies."""

    component: ComponentName
    state: str | None = None  # None: the required component's last state
    when: RequirementCondition | None = None
    #: only the order: holds where the cluster has that step anyway
    optional: bool = False

    @field_validator("state")
    @classmethod
    def _check_state(cls, state: str, info: ValidationInfo) -> str:
        context: FolderContext | None = info.context
        target = info.data.get("component", "")
        states = context.components.get(target) if context is not None else None
        if states is not None and state not in states:
            raise fault(f"{target} has no state {quote(state)}", ", ".join(states))
        return state


class Artifact(Part):
    """A file that is installed from, as its project publishes it.

    ``file`` and ``sources`` are templates that see ``component``; a source is the
    URL of a folder, to which the file's name is added.
    """

    file: FileName
    sources: NonEmptyItems[Url]
    #: digest by version
    sha512: Table[str, Sha512]

    @field_validator("sha512")
    @classmethod
    def _check_versions(cls, digests: Mapping[str, str], info: ValidationInfo) -> Mapping[str, str]:
        context: FolderContext | None = info.context
        if context is None or context.versions is None:
            return digests
        known = ", ".join(context.versions)
        missing = [v for v in context.versions if v not in digests]
        if missing:
            raise fault(f"one digest for each version is required; {', '.join(missing)} has none")
        others = [quote(v) for v in digests if v not in context.versions]
        if others:
            raise fault(f"unknown version {', '.join(others)}", known)
        return digests


class FileTemplate(Part):
    """A file written on nodes of a role; rendered by DISCO, root-owned by default."""

    template: TemplatePath
    path: NodePath
    mode: FileMode = "0644"
    owner: Owner = "root:root"


class Probe(Part):
    """How to know that a daemon or a component is ready: one of http, tcp and command."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": [kind]} for kind in ("http", "tcp", "command")]}
    )

    http: TemplateLine | None = None
    tcp: TemplateLine | None = None  # "host:port"
    command: TemplateText | None = None
    expect: TemplateLine | None = None  # extended regular expression the answer must match
    timeout: Seconds = 120

    @field_validator("tcp", "command")
    @classmethod
    def _check_alone(cls, value: str, info: ValidationInfo) -> str:
        others = [kind for kind in ("http", "tcp") if info.data.get(kind) is not None]
        if others:
            raise fault(f"excludes {others[0]}", "one of http, tcp and command")
        return value

    @model_validator(mode="after")
    def _check_kind(self) -> Probe:
        if self.http is None and self.tcp is None and self.command is None:
            raise fault("has nothing to ask", "one of http, tcp and command")
        return self


class Daemon(Part):
    """One systemd unit: foreground command, user, environment, readiness."""

    name: DaemonName  # the unit is disco-<component>-<name>.service
    #: a systemd command line; line breaks in it are spaces
    exec: NonEmptyTemplateText
    user: UserName = "disco"
    environment: Table[EnvironmentName, TemplateScalar] = Field(default_factory=_make_empty)
    working_directory: NodePath | None = None
    ready: Probe | None = None
    #: over the component's properties and ``frameworks``, the cluster's names
    when: Condition | None = None
    #: template of a number: only so many nodes have it, the master being the first
    first: TemplateScalar | None = None


class RolePlan(Part):
    """What a component does on nodes of one role."""

    install: TemplatePath | None = None  # template of a bash snippet, run as root
    files: Items[FileTemplate] = ()
    configure: TemplatePath | None = None  # template of a bash snippet run after the files
    daemons: Items[Daemon] = ()
    ready: Items[Probe] = ()  # checked after the daemons' own probes


class Port(Part):
    """A port that the component listens on.

    ``public``: open to everyone (it asks for a password or shows no secret);
    ``restricted``: only from ``allowedcidr``; ``cluster``: never from outside.
    """

    port: Annotated[int, Field(ge=1, le=65535)]
    role: Role
    expose: Exposure
    name: str = ""
    path: UrlPath | None = None  # of a user interface, e.g. "/lab"
    scheme: Literal["http", "https", "tcp"] = "http"
    when: Condition | None = None

    @property
    def is_page(self) -> bool:
        """Whether people open it in a browser, from outside or through a tunnel."""
        return self.scheme.startswith("http") and self.expose != "cluster"


class Smoke(Part):
    """The job that proves that the component works; run on the master."""

    script: TemplatePath  # of bash
    timeout: Seconds = 300


class ScaleIn(Part):
    """How workers may leave a cluster that has the component."""

    refuse: Line | None = None  # no worker may leave; why
    keep: WorkerNumber | None = None  # workers with a number up to this one stay
    least: WorkerNumber | None = None  # so many workers stay
    reason: Line = ""  # why, for those two
    #: template of a bash script for the master; its arguments are the leaving workers' names.
    #: It ends when they hold nothing any more; without arguments, all are to be used again
    script: TemplatePath | None = None
    timeout: Seconds = 1800
    data: bool = False  # what leaves without the script's work is lost for good


class Resources(Part):
    """A component's claim on a node: memory is shared by ``weight``; with 0 it is the minimum."""

    weight: Annotated[int, Field(ge=0, le=1000)] = 1
    min_ram_mb: Annotated[int, Field(ge=0, le=1 << 22)] = 0


def _check_declared(name: str, info: ValidationInfo) -> str:
    context: FolderContext | None = info.context
    if name == "version" and context is not None and "versions" in context.keys:
        raise fault("cannot be declared: it is made from the key versions")
    return name


DeclaredName = Annotated[PropertyName, AfterValidator(_check_declared)]


class Component(Part):
    """A component as declared; immutable, shared by all requests."""

    schema_version: Literal[1] = Field(validation_alias="schema")
    name: Name
    title: Line
    description: str
    base: bool = False
    states: NonEmptyUniqueItems[Name] = STATES
    #: first is the default; empty for base components
    versions: UniqueItems[Version] = Field(default=(), validate_default=True)
    java: Annotated[int, Field(ge=8)] | None = None
    artifacts: Items[Artifact] = ()
    #: requirements of Python packages, templates that see ``component``
    python: Items[TemplateLine] = ()
    #: what users' code in its environment finds besides, and that users may add to it
    user_python: Items[TemplateLine] = ()
    #: folder below its home for Java libraries of users
    user_jars: JarFolder | None = None
    #: whether its nodes hand objects of Python to each other, which takes one version on all
    same_python: bool = False
    properties: Table[DeclaredName, Property] = Field(
        default_factory=_make_empty, validate_default=True
    )
    #: requirements by the state that has them
    requires: Table[OwnState, Items[Requirement]] = Field(default_factory=_make_empty)
    roles: Table[Role, RolePlan] = Field(default_factory=_make_empty)
    ports: Items[Port] = ()
    resources: Table[Role, Resources] = Field(default_factory=_make_empty)
    smoke: Smoke | None = None
    scale_in: ScaleIn | None = None  # None: a worker may just go
    jobs: Items[Job] = ()
    folder: SkipJsonSchema[Path] = Field(validation_alias=FOLDER_KEY)
    #: text of every ``*.j2`` and ``*.sh`` of the folder by its path in it
    templates: SkipJsonSchema[Table[str, str]] = Field(
        default_factory=_make_empty, validation_alias=TEMPLATES_KEY, repr=False
    )

    @property
    def default_state(self) -> str:
        """The state meant when none is named: the last."""
        return self.states[-1]

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str, info: ValidationInfo) -> str:
        context: FolderContext | None = info.context
        if context is not None and name != context.folder_name:
            raise fault(f"{quote(name)} is not the folder's name", context.folder_name)
        return name

    @field_validator("base")
    @classmethod
    def _check_base(cls, base: bool, info: ValidationInfo) -> bool:
        context: FolderContext | None = info.context
        if base and context is not None and "states" not in context.keys:
            raise fault("a base component must declare its states", "with the key states")
        return base

    @field_validator("states")
    @classmethod
    def _check_states(cls, states: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if info.data.get("base") is False and states != STATES:
            raise fault("only base components declare states", "no such key")
        return states

    @field_validator("versions")
    @classmethod
    def _check_versions(cls, versions: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if info.data.get("base") is False and not versions:
            raise fault("at least one version is required", 'a list, such as ["3.5.0"]')
        return versions

    @field_validator("properties", mode="before")
    @classmethod
    def _name_properties(cls, declared: Any) -> Any:
        if not isinstance(declared, dict):
            return declared
        return {
            name: {**rules, NAME_KEY: name} if isinstance(rules, dict) else rules
            for name, rules in declared.items()
        }

    @field_validator("properties")
    @classmethod
    def _add_version(
        cls, declared: Mapping[str, Property], info: ValidationInfo
    ) -> Mapping[str, Property]:
        versions = info.data.get("versions")
        properties = {**declared, **secret_families(declared)}
        if versions:
            properties["version"] = Property(
                name="version", type="enum", description="The version to install.", values=versions
            )
        return MappingProxyType(dict(sorted(properties.items())))
