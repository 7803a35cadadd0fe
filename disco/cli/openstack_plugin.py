"""DISCO in openstackclient: ``openstack cluster create`` and its like.

The entry point ``openstack.cli.extension`` names this module; its functions and names are those
that osc-lib looks for in a plug-in. The commands are those of ``disco``, under
``openstack.cluster.v1``.
"""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from disco.client import Client

DEFAULT_API_VERSION = "1"
API_VERSION_OPTION = "os_cluster_api_version"
#: name of the client among those of openstackclient's manager
API_NAME = "cluster"
API_VERSIONS = {"1": "disco.client.Client"}


def make_client(instance: Any) -> Client:
    """A client with the session of openstackclient's manager."""
    from disco.client import Client

    options = instance.get_configuration() if hasattr(instance, "get_configuration") else {}
    endpoint = options.get("disco_endpoint") or os.environ.get("DISCO")
    interface = str(instance.interface or "public").removesuffix("URL")
    return Client(instance.session, endpoint, instance.region_name or None, interface=interface)


def build_option_parser(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Add the options of the plug-in to those of all commands."""
    parser.add_argument(
        "--os-cluster-api-version",
        metavar="VERSION",
        default=DEFAULT_API_VERSION,
        help="version of DISCO's interface (default: 1)",
    )
    parser.add_argument(
        "--disco-endpoint",
        metavar="URL",
        help="address of DISCO (DISCO; default: Keystone's catalogue, else this machine)",
    )
    return parser
