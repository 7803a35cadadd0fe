"""A request for a cluster: in the words of a cluster file, and as OCCI attributes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from disco.attributes import (
    APT,
    BOOTSTRAP,
    BOOTSTRAP_WHEN,
    COMPONENT_PREFIX,
    DATA_SCIENCE,
    ENVIRONMENT_PREFIX,
    INJECT,
    JARS,
    PIP,
    STORAGE,
    TITLE,
    heat_attribute,
    secret_attribute,
)
from disco.client.packed_script import packed_script
from disco.suggestions import did_you_mean

Scalar = str | int | float | bool
SCHEMA_ID = "https://json-schema.org/draft/2020-12/schema"
_SCALAR = {"type": ["string", "number", "boolean"]}
_FLAT = {"type": "object", "additionalProperties": _SCALAR}
_LIST = {"type": ["array", "string"], "items": {"type": "string", "minLength": 1}}
#: of one group of workers; what else it has is for the service to check
_GROUP = {
    "type": "object",
    "properties": {
        "count": {"type": "integer", "minimum": 1},
        "volumesize": {"type": "integer", "minimum": 0},
        "antiaffinity": {"enum": [True, False, "soft"]},
    },
}


class RequestError(ValueError):
    """A cluster description with unknown keys; a sentence for each.

    Attributes:
        problems: the sentences.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


def _item(
    attributes: Sequence[str],
    description: str,
    schema: Mapping[str, Any] | None = None,
    is_shown: bool = True,
) -> Any:
    """A field with the OCCI attributes that it sets and its part of the JSON schema."""
    described = {"description": description, **(schema or {"type": "string", "minLength": 1})}
    names = tuple(a if "." in a else heat_attribute(a) for a in attributes)
    metadata = {"attributes": names, "schema": described}
    return field(default=None, repr=is_shown, metadata=metadata)


def _mapping(description: str, schema: Mapping[str, Any], is_shown: bool = True) -> Any:
    metadata = {"attributes": (), "schema": {"description": description, **schema}}
    return field(default_factory=dict, repr=is_shown, metadata=metadata)


@dataclass(frozen=True)
class ClusterRequest:
    """A cluster to create; None leaves the choice to the service.

    ``image`` and ``flavor`` are for all nodes; ``master_`` and ``worker_`` ones are for
    one role and override them. A cluster file has the same names as keys, and the command
    line as options, with hyphens.
    """

    name: str | None = _item([TITLE], "A name for people, beside the cluster's UUID.")
    image: str | None = _item(
        ["masterimage", "slaveimage"], "Name or id of the image of all nodes."
    )
    master_image: str | None = _item(["masterimage"], "Name or id of the master's image.")
    worker_image: str | None = _item(["slaveimage"], "Name or id of the workers' image.")
    flavor: str | None = _item(
        ["masterflavor", "slaveflavor"], "Name or id of the flavor of all nodes."
    )
    master_flavor: str | None = _item(["masterflavor"], "Name or id of the master's flavor.")
    worker_flavor: str | None = _item(["slaveflavor"], "Name or id of the workers' flavor.")
    workers: int | None = _item(
        ["slavecount"], "Number of workers.", {"type": "integer", "minimum": 1}
    )
    external_network: str | None = _item(
        ["externalnetworkname"], "Name or id of the external network that floating IPs come from."
    )
    network: str | None = _item(["networkname"], "Name of the network created for the cluster.")
    existing_network: str | None = _item(
        ["network"], "Name or id of an existing network for the nodes."
    )
    existing_subnet: str | None = _item(
        ["subnet"], "Name or id of a subnet of the existing network; required if it has several."
    )
    floating_ip: str | None = _item(
        ["floatingip"], "Which nodes get a floating IP.", {"enum": ["master", "none", "all"]}
    )
    groups: Mapping[str, Any] | str | None = _item(
        ["groups"],
        "Groups of workers with a flavor or role of their own: see docs/groups.md.",
        {"type": ["object", "string"], "additionalProperties": _GROUP},
    )
    volume_size: int | None = _item(
        ["volumesize"],
        "Size in GB of a volume for each worker's data; 0 for no volume.",
        {"type": "integer", "minimum": 0},
    )
    volume_type: str | None = _item(["volumetype"], "Name or id of the volume type.")
    root_volume_size: int | None = _item(
        ["rootvolumesize"],
        "Size in GiB of a volume that each node boots from; 0 for the flavor's disk.",
        {"type": "integer", "minimum": 0},
    )
    root_volume_type: str | None = _item(
        ["rootvolumetype"], "Name or id of the type of the volumes that nodes boot from."
    )
    root_volume_nodes: str | None = _item(
        ["rootvolumenodes"],
        "Which nodes boot from a volume: all, or those whose flavor has no disk.",
        {"enum": ["all", "diskless"]},
    )
    availability_zone: str | None = _item(
        ["availabilityzone"], "Availability zone of the nodes and their volumes."
    )
    config_drive: bool | None = _item(
        ["config_drive"],
        "Whether nodes read their user data from a config drive.",
        {"type": "boolean"},
    )
    ttl: str | None = _item(
        ["ttl"], "Time after which the cluster is deleted, such as 90s, 15m, 2h or 1d."
    )
    idle: str | None = _item(
        ["idle"], "Idle time after which the cluster is deleted, such as 30m or 2h."
    )
    cidr: str | None = _item(["cidr"], "IPv4 range of the cluster's network, such as 10.0.0.0/24.")
    allowed_cidr: str | None = _item(
        ["allowedcidr"], "IPv4 range that may open interfaces without a password."
    )
    dns_servers: Sequence[str] | None = _item(
        ["dnsnameservers"],
        "IPv4 addresses of the nodes' name servers.",
        {"type": "array", "items": {"type": "string", "format": "ipv4"}},
    )
    http_proxy: str | None = _item(
        ["httpproxy"],
        "Proxy of the nodes for http addresses, such as http://10.0.0.1:3128.",
        is_shown=False,  # it may have a password
    )
    https_proxy: str | None = _item(
        ["httpsproxy"], "Proxy of the nodes for https addresses.", is_shown=False
    )
    no_proxy: Sequence[str] | str | None = _item(
        ["noproxy"],
        "Hosts, domains and networks that nodes reach without a proxy.",
        {"type": ["array", "string"], "items": {"type": "string", "minLength": 1}},
    )
    master_name: str | None = _item(["mastername"], "Host name of the master.")
    worker_name: str | None = _item(
        ["slavename"], "Host name of the workers; -1, -2, ... is added."
    )
    key_pair: str | None = _item(["sshkeyname"], "Name of your own Nova key pair.")
    public_key: str | None = _item(["sshpublickey"], "Your own public key as text.")
    install_timeout: int | None = _item(
        ["timeout"],
        "Minutes after which an installation that does not end fails.",
        {"type": "integer", "minimum": 1},
    )
    wait_condition: bool | None = _item(
        ["waitcondition"],
        "Whether the cluster is complete only when its nodes report that it works.",
        {"type": "boolean"},
    )
    storage: str | None = _item([STORAGE], "Place for data that stays, as s3a://bucket/path.")
    apt: Sequence[str] | str | None = _item([APT], "Packages of the distribution.", _LIST)
    pip: Sequence[str] | str | None = _item(
        [PIP], "Python packages for the frameworks' environments, such as polars==1.9.0.", _LIST
    )
    jars: Sequence[str] | str | None = _item(
        [JARS], "Java libraries, as group:artifact:version or https URLs.", _LIST
    )
    datascience: bool | None = _item(
        [DATA_SCIENCE], "Whether all Pythons have pandas and the like.", {"type": "boolean"}
    )
    bootstrap: str | None = _item(
        [],
        "A script that each node runs as root: its file, its text, or https://...#sha512=DIGEST.",
        is_shown=False,  # it may have a password
    )
    bootstrap_when: str | None = _item(
        [BOOTSTRAP_WHEN],
        "Whether the script is run before the frameworks are installed, or after.",
        {"enum": ["before", "after"]},
    )
    environment: Mapping[str, Scalar] = _mapping(
        "Variables that every login, daemon, notebook and job has.",
        _FLAT,
    )
    frameworks: Mapping[str, str] = _mapping(
        "A list of names, or an object of names and versions (empty: the default version).",
        {
            "oneOf": [
                {"type": "array", "items": {"type": "string", "minLength": 1}},
                {
                    "type": "object",
                    "additionalProperties": {"type": ["string", "number", "null"]},
                },
            ]
        },
    )
    properties: Mapping[str, Scalar] = _mapping(
        "Properties of components: an object for each component.",
        {"type": "object", "additionalProperties": _FLAT},
        is_shown=False,  # passwords are set here
    )
    secrets: Mapping[str, Scalar] = _mapping(
        "Properties whose values are secret: the names of files that have them.",
        {"type": "object", "additionalProperties": _FLAT},
        is_shown=False,
    )
    attributes: Mapping[str, Scalar] = _mapping(
        "OCCI attributes by their full names; they override all else.",
        _FLAT,
        is_shown=False,
    )

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ClusterRequest:
        """From the content of a cluster file.

        ``frameworks`` may be a list of names; ``properties`` may be nested.

        Raises:
            RequestError: unknown keys, each with a suggestion where one is close; versions that
                are not text.
        """
        problems = unknown_keys(data)
        if problems:
            raise RequestError(problems)
        values = {k: v for k, v in data.items() if v is not None}
        if "frameworks" in values:
            values["frameworks"] = _named(values["frameworks"])
        for name in ("properties", "secrets"):
            if name in values:
                values[name] = flatten(values[name])
        return cls(**values)

    def to_attributes(self) -> dict[str, str]:
        """The OCCI attributes of this request."""
        attributes: dict[str, str] = {}
        # fields for all nodes come first, so that those for one role override them
        for item in sorted(fields(self), key=lambda f: -len(f.metadata["attributes"])):
            value = getattr(self, item.name)
            if value is not None:
                attributes.update(dict.fromkeys(item.metadata["attributes"], as_text(value)))
        if self.bootstrap is not None:
            attributes[BOOTSTRAP] = packed_script(self.bootstrap)
        attributes.update(
            {f"{ENVIRONMENT_PREFIX}{name}": as_text(v) for name, v in self.environment.items()}
        )
        attributes[INJECT] = json.dumps(dict(self.frameworks))
        attributes.update(
            {f"{COMPONENT_PREFIX}{name}": as_text(v) for name, v in self.properties.items()}
        )
        attributes.update({secret_attribute(name): as_text(v) for name, v in self.secrets.items()})
        attributes.update({name: as_text(v) for name, v in self.attributes.items()})
        return attributes


def attribute_names() -> dict[str, str]:
    """The field that sets an OCCI attribute; that for one role where there are two."""
    names: dict[str, str] = {}
    for item in sorted(fields(ClusterRequest), key=lambda f: -len(f.metadata["attributes"])):
        names.update(dict.fromkeys(item.metadata["attributes"], item.name))
    return {**names, INJECT: "frameworks", BOOTSTRAP: "bootstrap"}


def schema() -> dict[str, Any]:
    """The JSON schema of a cluster file."""
    return {
        "$schema": SCHEMA_ID,
        "title": "DISCO cluster file",
        "description": "What `disco create -f` reads, in YAML or JSON.",
        "type": "object",
        "additionalProperties": False,
        "properties": {f.name: f.metadata["schema"] for f in fields(ClusterRequest)},
    }


def unknown_keys(data: Mapping[str, Any]) -> list[str]:
    """A sentence for each key that a cluster file does not have."""
    known = [f.name for f in fields(ClusterRequest)]
    return [
        f'Unknown key "{key}".{did_you_mean(str(key).replace("-", "_"), known)}'
        for key in data
        if key not in known
    ]


def flatten(properties: Mapping[str, Any]) -> dict[str, Scalar]:
    """Nested properties under dotted names: ``{"a": {"b": 1}}`` is ``{"a.b": 1}``."""
    flat: dict[str, Scalar] = {}
    for name, value in properties.items():
        if isinstance(value, Mapping):
            flat.update({f"{name}.{k}": v for k, v in flatten(value).items()})
        elif value is not None:
            flat[name] = value
    return flat


def as_text(value: Any) -> str:
    """A value as OCCI attributes carry it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return ",".join(as_text(v) for v in value)
    return str(value)


def _named(frameworks: Any) -> dict[str, str]:
    if isinstance(frameworks, Mapping):
        numbers = [n for n, v in frameworks.items() if not isinstance(v, str | None)]
        if numbers:  # 4.10 is 4.1 as a number
            form = 'must be text, such as "3.5.0"'
            raise RequestError([f"frameworks.{name}: the version {form}." for name in numbers])
        return {str(n): "" if v is None else str(v) for n, v in frameworks.items()}
    return dict.fromkeys(map(str, frameworks), "")
