"""Options that describe a cluster, and the request of these options and a cluster file."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from disco.attributes import (
    EXTERNAL_NETWORK,
    FLOATING_IP,
    GROUPS,
    MASTER_FLAVOR,
    MASTER_IMAGE,
    NETWORK,
    SLAVE_COUNT,
    SLAVE_FLAVOR,
    SLAVE_IMAGE,
)
from disco.cli import package_options, property_options
from disco.cli.exit_status import CommandError, Status, reason_of
from disco.cli.parser import whole_number
from disco.cli.property_options import read_pairs, read_secrets, refuse_unknown_properties
from disco.suggestions import name_some

if TYPE_CHECKING:
    from disco.client import Client, ClusterRequest

#: option, metavar, type and help of the fields of a ClusterRequest
TEXTS = (
    ("--name", "NAME", str, "name for people"),
    ("--image", "IMAGE", str, "image of all nodes (default: the only one, or the only -disco one)"),
    ("--master-image", "IMAGE", str, "image of the master"),
    ("--worker-image", "IMAGE", str, "image of the workers"),
    ("--flavor", "FLAVOR", str, "flavor of all nodes (default: the only one)"),
    ("--master-flavor", "FLAVOR", str, "flavor of the master"),
    ("--worker-flavor", "FLAVOR", str, "flavor of the workers"),
    (
        "--external-network",
        "NETWORK",
        str,
        "external network that floating IPs come from (default: the only one)",
    ),
    ("--network", "NAME", str, "name of the network that is created"),
    ("--existing-network", "NETWORK", str, "use an existing network instead of creating one"),
    (
        "--existing-subnet",
        "SUBNET",
        str,
        "subnet of the existing network; required if it has several",
    ),
    ("--floating-ip", "NODES", str, "nodes with a floating IP: master, none or all"),
    (
        "--groups",
        "GROUPS",
        str,
        "groups of workers with a flavor or role of their own, as JSON: see docs/groups.md",
    ),
    ("--volume-size", "GB", whole_number, "volume of this size for each worker's data"),
    ("--volume-type", "TYPE", str, "volume type"),
    ("--root-volume-size", "GB", whole_number, "boot each node from a volume of this size"),
    ("--root-volume-type", "TYPE", str, "volume type of the volumes that nodes boot from"),
    ("--root-volume-nodes", "NODES", str, "nodes that boot from a volume: all or diskless"),
    ("--availability-zone", "ZONE", str, "availability zone of the nodes and their volumes"),
    ("--ttl", "TIME", str, "delete the cluster after this time, such as 90s, 15m, 2h or 1d"),
    ("--idle", "TIME", str, "delete the cluster after this idle time, such as 30m or 2h"),
    ("--storage", "PLACE", str, "keep data that outlives the cluster there: s3a://bucket/path"),
    ("--cidr", "CIDR", str, "IPv4 range of the created network, such as 10.0.0.0/24"),
    ("--allowed-cidr", "CIDR", str, "IPv4 range that may open interfaces without a password"),
    ("--dns-servers", "ADDRESSES", str, "IPv4 addresses of name servers, separated by commas"),
    ("--http-proxy", "URL", str, "proxy of the nodes for http addresses"),
    ("--https-proxy", "URL", str, "proxy of the nodes for https addresses"),
    ("--no-proxy", "HOSTS", str, "what nodes reach without a proxy, separated by commas"),
    ("--master-name", "NAME", str, "host name of the master"),
    ("--worker-name", "NAME", str, "host name of the workers; -1, -2, ... is added"),
    ("--key-pair", "NAME", str, "your Nova key pair, instead of a key that DISCO creates"),
    ("--install-timeout", "MINUTES", whole_number, "fail the installation after this time"),
)
#: of the names of images that have DISCO's packages: docs/images.md
IMAGE_ENDING = "-disco"
#: where neither an option nor the file says how many; names that a sentence lists
WORKERS, SHOWN = 2, 12
#: keys of a file that an option overrides
COVERS = {
    "image": ("master_image", "worker_image"),
    "flavor": ("master_flavor", "worker_flavor"),
    "key_pair": ("public_key",),
    "public_key": ("key_pair",),
}


def add_options(parser: argparse.ArgumentParser, is_plugin: bool = False) -> None:
    """Add the frameworks, and the keys of a cluster file as options, with hyphens.

    ``-f`` is the cluster file in ``disco``, and the output format in ``openstack``.
    """
    parser.add_argument(
        "frameworks",
        metavar="FRAMEWORK",
        nargs="*",
        help="name or name=version of a framework, in addition to those of the file",
    )
    add_keys(parser, is_plugin)


def add_keys(parser: argparse.ArgumentParser, is_plugin: bool) -> None:
    """Add the keys of a cluster file as options, but for its frameworks."""
    # what the project has for options that are missing
    parser.set_defaults(choices={})
    names = ("--file",) if is_plugin else ("-f", "--file")
    parser.add_argument(*names, metavar="FILE", help="cluster file; - for standard input")
    parser.add_argument(
        "-w",
        "--workers",
        type=whole_number,
        metavar="N",
        help=f"number of workers (default: {WORKERS})",
    )
    for option, metavar, kind, words in TEXTS:
        parser.add_argument(option, metavar=metavar, type=kind, help=words)
    parser.add_argument(
        "--public-key",
        metavar="FILE",
        help="your public key, instead of a key that DISCO creates",
    )
    package_options.add_options(parser)
    parser.add_argument(
        "--config-drive",
        choices=("true", "false"),
        help="whether nodes read their user data from a config drive",
    )
    parser.add_argument(
        "--wait-condition",
        choices=("true", "false"),
        help="whether the cluster is complete only when its nodes report that it works",
    )
    property_options.add_options(parser)
    parser.add_argument(
        "--force",
        action="store_true",
        help="send properties that the service does not know, too",
    )


def complete_request(client: Client, args: argparse.Namespace) -> ClusterRequest:
    """The request of the file and the options, with what can be meant where they say nothing.

    Raises:
        CommandError: the file or an option is wrong, or a property is unknown to the service.
    """
    from disco.cli.output import note

    request = request_of(args)
    attributes = request.to_attributes()
    # for the error of the service, which does not look up what is not named
    args.choices.clear()
    guessed = guess(client, attributes, args.choices)
    whole = replace(request, **guessed)
    if not args.force:
        refuse_unknown_properties(client, attributes, whole, args.choices)
    for name, value in guessed.items():
        note(f"disco: Using --{name.replace('_', '-')} {value}.")
    return whole


def guess(client: Client, attributes: Mapping[str, str], several: dict[str, str]) -> dict[str, Any]:
    """Fields of a request that can mean one thing where nothing is said of them.

    Those are two workers, and the only external network, flavor and image: of several images
    the only one that was made for DISCO. The service is asked when one of them is missing;
    where there are several, ``several`` gets their names by the field of the request.
    """
    guessed: dict[str, Any] = {}
    if SLAVE_COUNT not in attributes and GROUPS not in attributes:
        guessed["workers"] = WORKERS
    missing = []
    for name, kind, needed in (
        ("image", "images", {MASTER_IMAGE, SLAVE_IMAGE}.isdisjoint(attributes)),
        ("flavor", "flavors", {MASTER_FLAVOR, SLAVE_FLAVOR}.isdisjoint(attributes)),
        ("external_network", "external_networks", _needs_external_network(attributes)),
    ):
        if needed:
            missing.append((name, kind))
    choices = _ask_choices(client) if missing else {}
    for name, kind in missing:
        names = choices.get(kind, [])
        made_for_disco = [one for one in names if one.endswith(IMAGE_ENDING)]
        if name == "image" and len(names) > 1:
            names = made_for_disco
        if len(names) == 1:
            guessed[name] = names[0]
        elif there := names or choices.get(kind, []):
            where = f"; see disco choices {kind.replace('_', '-')}" if there[SHOWN:] else ""
            several[name] = name_some(there, SHOWN) + where
    return guessed


def _needs_external_network(attributes: Mapping[str, str]) -> bool:
    """Whether none is named, and the cluster has a network or a floating IP that takes one."""
    if EXTERNAL_NETWORK in attributes:
        return False
    return NETWORK not in attributes or attributes.get(FLOATING_IP) != "none"


def _ask_choices(client: Client) -> dict[str, list[str]]:
    """The names of each kind of choice; none where the service does not tell."""
    from disco.client import DiscoClientError

    try:
        told = client.choices()
    except DiscoClientError:
        return {}
    return {
        kind: [str(raw.get("name")) for raw in listed if isinstance(raw, dict)]
        for kind, listed in told.items()
        if isinstance(listed, list)
    }


def request_of(args: argparse.Namespace) -> ClusterRequest:
    """The request of the cluster file and the options, which override it.

    Raises:
        CommandError: the file or an option is wrong.
    """
    from disco.cli import cluster_file
    from disco.client import ClusterRequest
    from disco.client.request import flatten

    data = cluster_file.read(args.file) if args.file else {}
    given = package_options.read(_given(args))
    if "bootstrap" not in given:
        data = package_options.read(data, Path(args.file or "").parent)
    for name in given:
        for weaker in COVERS.get(name, ()):
            data.pop(weaker, None)
    filed = ClusterRequest.from_dict({"frameworks": data.get("frameworks", {})})
    frameworks = {
        **filed.frameworks,
        **read_pairs(args.frameworks, "framework", "NAME or NAME=VERSION", False),
    }
    properties = flatten(data.get("properties", {})) | read_pairs(
        args.property, "--property", "COMPONENT.NAME=VALUE"
    )
    folder = Path(args.file or "").parent
    secrets = read_secrets(flatten(data.get("secrets", {})), folder) | read_secrets(
        read_pairs(args.secret, "--secret", "COMPONENT.NAME=FILE")
    )
    environment = data.get("environment", {}) | read_pairs(
        args.environment or [], "--env", "NAME=VALUE"
    )
    attributes = data.get("attributes", {}) | read_pairs(
        args.attribute, "--attribute", "NAME=VALUE"
    )
    return ClusterRequest.from_dict(
        data
        | given
        | {"frameworks": frameworks, "properties": properties, "attributes": attributes}
        | {"environment": environment, "secrets": secrets}
    )


def _given(args: argparse.Namespace) -> dict[str, Any]:
    """The fields that options set."""
    from disco.client import ClusterRequest

    own = {f.name for f in fields(ClusterRequest)}
    own -= {"environment", "frameworks", "properties", "attributes", "secrets"}
    given = {k: v for k, v in vars(args).items() if k in own and v is not None}
    if "dns_servers" in given:
        given["dns_servers"] = given["dns_servers"].split(",")
    for name in ("wait_condition", "config_drive"):
        if name in given:
            given[name] = given[name] == "true"
    if "public_key" in given:
        try:
            given["public_key"] = Path(given["public_key"]).expanduser().read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(
                f"Cannot read {args.public_key} of --public-key ({reason_of(error)}).", Status.USAGE
            ) from error
        if "PRIVATE KEY" in given["public_key"]:
            raise CommandError(
                f"{args.public_key} of --public-key is a private key. Use the .pub file beside it.",
                Status.USAGE,
            )
    return given
