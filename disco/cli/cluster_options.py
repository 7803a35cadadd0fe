"""The options that say what a cluster shall be, and what they and a cluster file ask for."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from disco.cli.exit_status import CommandError, Status

if TYPE_CHECKING:
    from disco.client import ClusterRequest

#: option, metavar, type and words of those that are fields of a ClusterRequest
TEXTS = (
    ("--name", "NAME", str, "a name for people"),
    ("--image", "IMAGE", str, "image of all nodes"),
    ("--master-image", "IMAGE", str, "image of the master"),
    ("--worker-image", "IMAGE", str, "image of the workers"),
    ("--flavor", "FLAVOR", str, "flavor of all nodes"),
    ("--master-flavor", "FLAVOR", str, "flavor of the master"),
    ("--worker-flavor", "FLAVOR", str, "flavor of the workers"),
    ("--external-network", "NETWORK", str, "network that the master's address comes from"),
    ("--network", "NAME", str, "name of the network that is made"),
    ("--existing-network", "NETWORK", str, "a network of yours instead of one that is made"),
    ("--existing-subnet", "SUBNET", str, "which of its subnets, if it has several"),
    ("--floating-ip", "NODES", str, "which nodes get a floating IP: master, none or all"),
    ("--groups", "GROUPS", str, "workers beside the plain ones, as JSON: see docs/groups.md"),
    ("--volume-size", "GB", int, "a volume of this size for each worker's data"),
    ("--volume-type", "TYPE", str, "type of these volumes"),
    ("--ttl", "TIME", str, "how long the cluster lives: 90s, 15m, 2h or 1d"),
    ("--idle", "TIME", str, "how long it may do nothing before it is deleted: 30m or 2h"),
    ("--cidr", "CIDR", str, "addresses of that network"),
    ("--allowed-cidr", "CIDR", str, "from where interfaces without a password can be reached"),
    ("--dns-servers", "ADDRESSES", str, "name servers of the nodes, separated by commas"),
    ("--master-name", "NAME", str, "host name of the master"),
    ("--worker-name", "NAME", str, "host name of the workers, to which -1, -2, ... is added"),
    ("--key-pair", "NAME", str, "a Nova key pair of yours, instead of one that DISCO makes"),
    ("--install-timeout", "MINUTES", int, "until an installation that does not end has failed"),
)
#: an option for all nodes is stronger than what a file says of some
COVERS = {
    "image": ("master_image", "worker_image"),
    "flavor": ("master_flavor", "worker_flavor"),
    "key_pair": ("public_key",),
    "public_key": ("key_pair",),
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Those of a cluster file, with hyphens."""
    parser.add_argument(
        "frameworks",
        metavar="FRAMEWORK",
        nargs="*",
        help="name, or name=version; in addition to those of the file",
    )
    parser.add_argument("-f", "--file", metavar="FILE", help="a cluster file; - is standard input")
    parser.add_argument("-w", "--workers", type=int, metavar="N", help="number of workers")
    for option, metavar, kind, words in TEXTS:
        parser.add_argument(option, metavar=metavar, type=kind, help=words)
    parser.add_argument(
        "--public-key",
        metavar="FILE",
        help="a public key of yours, instead of DISCO's",
    )
    parser.add_argument(
        "--wait-condition",
        choices=("true", "false"),
        help="whether complete means that the nodes have said so",
    )
    parser.add_argument(
        "-p",
        "--property",
        metavar="COMPONENT.NAME=VALUE",
        action="append",
        default=[],
        help="a setting of a component; may be repeated",
    )
    parser.add_argument(
        "-a",
        "--attribute",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="an OCCI attribute by its whole name; may be repeated",
    )


def request_of(args: argparse.Namespace) -> ClusterRequest:
    """What the file and the options ask for, the options being stronger.

    Raises:
        CommandError: either is malformed.
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
    frameworks = {**filed.frameworks, **_pairs(args.frameworks, optional=True)}
    properties = flatten(data.get("properties", {})) | _pairs(args.property)
    attributes = data.get("attributes", {}) | _pairs(args.attribute)
    return ClusterRequest.from_dict(
        data
        | given
        | {"frameworks": frameworks, "properties": properties, "attributes": attributes}
    )


def _given(args: argparse.Namespace) -> dict[str, Any]:
    """The options that were used and set a field of their own."""
    from disco.client import ClusterRequest

    own = {f.name for f in fields(ClusterRequest)} - {"frameworks", "properties", "attributes"}
    found = {k: v for k, v in vars(args).items() if k in own and v is not None}
    if "dns_servers" in found:
        found["dns_servers"] = found["dns_servers"].split(",")
    if "wait_condition" in found:
        found["wait_condition"] = found["wait_condition"] == "true"
    if "public_key" in found:
        try:
            found["public_key"] = Path(found["public_key"]).expanduser().read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"--public-key: {error}", Status.USAGE) from error
        if "PRIVATE KEY" in found["public_key"]:
            raise CommandError("--public-key: that is a private key", Status.USAGE)
    return found


def _pairs(texts: list[str], optional: bool = False) -> dict[str, str]:
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not (equals or optional):
            raise CommandError(f"{name!r} is not NAME=VALUE", Status.USAGE)
        found[name] = value
    return found
