"""Options that describe a cluster, and the request of these options and a cluster file."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from disco.cli.exit_status import CommandError, Status, reason_of
from disco.cli.parser import whole_number

if TYPE_CHECKING:
    from disco.client import ClusterRequest

#: option, metavar, type and help of the fields of a ClusterRequest
TEXTS = (
    ("--name", "NAME", str, "name for people"),
    ("--image", "IMAGE", str, "image of all nodes"),
    ("--master-image", "IMAGE", str, "image of the master"),
    ("--worker-image", "IMAGE", str, "image of the workers"),
    ("--flavor", "FLAVOR", str, "flavor of all nodes"),
    ("--master-flavor", "FLAVOR", str, "flavor of the master"),
    ("--worker-flavor", "FLAVOR", str, "flavor of the workers"),
    ("--external-network", "NETWORK", str, "external network that floating IPs come from"),
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
#: keys of a file that an option overrides
COVERS = {
    "image": ("master_image", "worker_image"),
    "flavor": ("master_flavor", "worker_flavor"),
    "key_pair": ("public_key",),
    "public_key": ("key_pair",),
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the keys of a cluster file as options, with hyphens."""
    parser.add_argument(
        "frameworks",
        metavar="FRAMEWORK",
        nargs="*",
        help="name or name=version of a framework, in addition to those of the file",
    )
    parser.add_argument("-f", "--file", metavar="FILE", help="cluster file; - for standard input")
    parser.add_argument("-w", "--workers", type=whole_number, metavar="N", help="number of workers")
    for option, metavar, kind, words in TEXTS:
        parser.add_argument(option, metavar=metavar, type=kind, help=words)
    parser.add_argument(
        "--public-key",
        metavar="FILE",
        help="your public key, instead of a key that DISCO creates",
    )
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
    parser.add_argument(
        "-p",
        "--property",
        metavar="COMPONENT.NAME=VALUE",
        action="append",
        default=[],
        help="property of a component; may be repeated",
    )
    parser.add_argument(
        "-a",
        "--attribute",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="OCCI attribute by its full name; may be repeated",
    )


def request_of(args: argparse.Namespace) -> ClusterRequest:
    """The request of the cluster file and the options, which override it.

    Raises:
        CommandError: the file or an option is wrong.
    """
    from disco.cli import cluster_file
    from disco.client import ClusterRequest
    from disco.client.request import flatten

    data = cluster_file.read(args.file) if args.file else {}
    given = _given(args)
    for name in given:
        for weaker in COVERS.get(name, ()):
            data.pop(weaker, None)
    filed = ClusterRequest.from_dict({"frameworks": data.get("frameworks", {})})
    frameworks = {
        **filed.frameworks,
        **_pairs(args.frameworks, "framework", "NAME or NAME=VERSION", False),
    }
    properties = flatten(data.get("properties", {})) | _pairs(
        args.property, "--property", "COMPONENT.NAME=VALUE"
    )
    attributes = data.get("attributes", {}) | _pairs(args.attribute, "--attribute", "NAME=VALUE")
    return ClusterRequest.from_dict(
        data
        | given
        | {"frameworks": frameworks, "properties": properties, "attributes": attributes}
    )


def _given(args: argparse.Namespace) -> dict[str, Any]:
    """The fields that options set."""
    from disco.client import ClusterRequest

    own = {f.name for f in fields(ClusterRequest)} - {"frameworks", "properties", "attributes"}
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


def _pairs(texts: list[str], option: str, form: str, required: bool = True) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not (equals or not required):
            # without the value, which may be a password
            raise CommandError(f'Invalid {option} "{name}". Use {form}.', Status.USAGE)
        pairs[name] = value
    return pairs
