"""``disco install``."""

from __future__ import annotations

import argparse
import base64
import shlex
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from disco.cli.arguments import add_cluster
from disco.cli.command import Lister
from disco.cli.ssh_access import add_options

if TYPE_CHECKING:
    from disco.cli.ssh_access import Access
    from disco.client import Client, Node

#: nodes at a time: ssh servers refuse more connections that have not logged in yet
SIDE_BY_SIDE = 8
#: seconds for one node, and bytes of what it says
SECONDS, MAX_OUTPUT = 1800.0, 4 << 20
_LONGEST = 400
#: times that the packages are given to the cluster, and seconds for what else goes on there
TRIES, BUSY_S = 3, 300.0


class InstallPackages(Lister):
    """The command."""

    description = (
        "Install packages on every node of a cluster that runs, through ssh. Python packages go\n"
        "into the environments of Dask, Ray, Spark and JupyterLab; what the frameworks are made\n"
        "of keeps its version. Workers that join later get the packages, too."
    )
    examples = """
disco install analysis --pip polars
disco install 3f2a --pip xgboost==2.1.4 --pip lightgbm --apt libgomp1
disco install 3f2a --pip polars --node 2
"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The packages, and how nodes are reached."""
        super().add_arguments(parser)
        add_cluster(parser)
        for name, words in (("apt", "package of the distribution"), ("pip", "Python package")):
            parser.add_argument(
                f"--{name}",
                metavar="PACKAGE",
                action="append",
                default=[],
                help=f"{words}; may be repeated",
            )
        parser.add_argument(
            "-n",
            "--node",
            metavar="NODE",
            help="only this node, or worker of this number; workers that join later get nothing",
        )
        add_options(parser)

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], list[Any]]:
        """Install on all nodes side by side.

        Raises:
            CommandError: no package is named, one is none, or a node did not install it.
        """
        from disco.cli import ssh_access
        from disco.cli.exit_status import CommandError, Status
        from disco.cli.nodes import find_node, list_nodes
        from disco.cli.output import note

        command = command_for(parsed_args.apt, parsed_args.pip)
        client = self.connect(parsed_args)
        cluster = client.find(parsed_args.cluster)
        known = list_nodes(client, cluster)
        nodes = [find_node(known, parsed_args.node)] if parsed_args.node else known
        with ssh_access.access(cluster, known, parsed_args) as access:
            results = install_on(nodes, partial(run_on, access, command))
        failed = [node for node, (is_done, _) in results.items() if not is_done]
        for node in failed:
            note(f"disco: {node}: {results[node][1]}")
        if failed:
            raise CommandError(
                f"{len(failed)} of {len(results)} nodes did not install the packages:"
                f" {', '.join(failed[:10])}{' and more' if len(failed) > 10 else ''}.",
                Status.FAILED,
                "What is installed is left; repeat the command to go on.",
            )
        if not parsed_args.node:
            _keep(client, cluster.id, parsed_args)
        return ("node", "result"), [(node, said) for node, (_, said) in results.items()]


def _keep(client: Client, cluster_id: str, args: argparse.Namespace) -> None:
    """Have workers that join later get the packages, or say that they do not."""
    from disco.cli.output import note
    from disco.client import DiscoClientError
    from disco.user_packages import parse_apt, parse_pip

    apt, pip = (
        parse(",".join(words)) for parse, words in ((parse_apt, args.apt), (parse_pip, args.pip))
    )
    try:
        reason = keep_packages(client, cluster_id, apt, pip)
    except DiscoClientError as error:
        reason = str(error)
    if reason:
        note(f"disco: warning: Workers that join later do not get these packages: {reason}")


def keep_packages(client: Client, cluster_id: str, apt: Sequence[str], pip: Sequence[str]) -> str:
    """Give a cluster packages for workers that join, until it has them; else why it has not.

    Heat takes what comes last. Of two who install at the same moment one would overwrite what
    the other gave, so it is looked at when Heat is done, and given again.

    Raises:
        DiscoClientError: the service refuses, or the cluster fails.
    """
    from disco.attributes import ADDED_PACKAGES
    from disco.client import Conflict

    wanted = {*(f"apt:{name}" for name in apt), *(f"pip:{name}" for name in pip)}
    busy: Conflict | None = None
    for _ in range(TRIES):
        try:
            shown = client.add_packages(cluster_id, apt, pip)
        except Conflict as error:
            if error.code == "packages-not-kept":
                raise
            busy = error
        else:
            busy = None
            if refused := [w for w in shown.warnings if w.startswith("not changed")]:
                return "; ".join(refused)
        shown = client.wait(cluster_id, timeout=BUSY_S)
        if wanted <= {*shown.attributes.get(ADDED_PACKAGES, "").split(" ")}:
            return ""
    if busy is not None:
        raise busy
    return (
        "somebody else changes the cluster again and again. Repeat the command when they are done."
    )


def command_for(apt: Sequence[str], pip: Sequence[str]) -> str:
    """The command line for a node; nothing in it is anything but names of packages.

    Raises:
        CommandError: with all that are none.
    """
    from disco.cli.exit_status import CommandError, Status
    from disco.data_files import data_dir
    from disco.user_packages import parse_apt, parse_pip

    words, faults = [], []
    for option, parse, given in (("--apt", parse_apt, apt), ("--pip", parse_pip, pip)):
        try:
            words += [f"{option[2:]}:{name}" for name in parse(",".join(given))]
        except ValueError as error:
            faults.append(f"{option}: {error}.")
    if faults:
        raise CommandError("\n".join(faults), Status.USAGE)
    if not words:
        raise CommandError("No package is named. Use --pip or --apt.", Status.USAGE)
    folder = data_dir() / "frameworks"
    texts = [(folder / name).read_text() for name in ("shell/software.sh", "shell/added.sh")]
    script = "\n".join([*texts, "set -euo pipefail", f"disco_added {shlex.join(words)}\n"])
    packed = base64.b64encode(script.encode()).decode()
    return f"echo {packed} | base64 -d | sudo bash -s"


def install_on(
    nodes: Sequence[Node], run: Callable[[str], tuple[bool, str]]
) -> dict[str, tuple[bool, str]]:
    """What came of it on each node, and whether it is done; many at a time."""
    names = [node.name for node in nodes]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        return dict(zip(names, pool.map(run, names), strict=True))


def run_on(access: Access, command: str, node: str) -> tuple[bool, str]:
    """Run the command on a node; its last words, and whether it succeeded."""
    from disco.cli.bounded_process import read_output
    from disco.client.plain_text import plain_text

    words = [*access.command(node, "-o", "BatchMode=yes", "-n"), command]
    try:
        done = read_output(words, MAX_OUTPUT, SECONDS, SECONDS)
    except TimeoutError:
        return False, f"not done within {SECONDS:.0f} s"
    said = done.output.decode("utf-8", "replace") + done.errors
    lines = [line.strip() for line in plain_text(said).splitlines() if line.strip()]
    last = lines[-1] if lines else f"ended with status {done.status}"
    if len(done.output) >= MAX_OUTPUT:  # it was cut off there, and may not have ended
        return False, f"says more than {MAX_OUTPUT} bytes"
    return done.status == 0, last[:_LONGEST]
