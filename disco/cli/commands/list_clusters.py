"""``disco list``."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from disco.cli.command import Lister
from disco.cli.parser import positive_number
from disco.suggestions import name_some

if TYPE_CHECKING:
    from disco.client import Cluster, ClusterList

#: statuses and frameworks that are named where none matches
_SHOWN = 12
#: columns of a terminal on which a line has room, with names of some length
_ROOM = 140


class ListClusters(Lister):
    """The command."""

    description = (
        "List the clusters of the project, with one request. Columns that the service does not\n"
        "tell are empty. Heat calls a cluster complete whose daemons have stopped since: --health\n"
        "tells whether they work now."
    )
    examples = """
disco list
disco list --health
disco list --status failed
disco list --framework dask --sort-column ends
disco list -f json
disco list --quiet | xargs disco delete
"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Which of them."""
        super().add_arguments(parser)
        parser.add_argument("-q", "--quiet", action="store_true", help="print only ids, one a line")
        parser.add_argument(
            "--status",
            metavar="WORD",
            help="only those with this in their status or phase, such as failed, complete, "
            "suspend or installing",
        )
        parser.add_argument("--framework", metavar="NAME", help="only those with this framework")
        parser.add_argument(
            "--health",
            action="store_true",
            help="ask the nodes of each complete cluster how they are, for two seconds at most",
        )
        parser.add_argument(
            "--limit", type=positive_number, metavar="N", help="at most so many of them"
        )
        if not self.is_plugin:  # whose session is for one project
            parser.add_argument(
                "--all-projects",
                action="store_true",
                help="of every project in which your user has a role; "
                "not with application credentials",
            )

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Sequence[str], list[Any]]:
        """List the clusters."""
        from disco.cli import output
        from disco.cli.cluster_view import list_columns

        clusters: list[Cluster] = []
        projects: dict[str, str] = {}
        for project, listed in self._ask(parsed_args):
            for sentence in listed.odd:
                output.note(f"disco: {sentence}")
            clusters += listed
            projects |= {cluster.id: project for cluster in listed}
        some = [c for c in clusters if _is_wanted(c, parsed_args)][: parsed_args.limit]
        if not some and parsed_args.formatter == "table" and not parsed_args.quiet:
            output.note(self.worded(_why_none(clusters, parsed_args)))
        if parsed_args.quiet:
            parsed_args.formatter, parsed_args.columns = "value", ["id"]
            self.use_formatter("value")
        health = parsed_args.health
        if health and parsed_args.formatter == "table" and not parsed_args.quiet:
            for cluster in some:
                if cluster.health == "unhealthy":
                    output.note(f"{cluster.name or cluster.id} is not healthy: {cluster.reason}")
        names, rows = list_columns(some, parsed_args.formatter, _is_narrow(parsed_args), health)
        if not getattr(parsed_args, "all_projects", False):
            return names, rows
        told = [(*row, projects[c.id]) for row, c in zip(rows, some, strict=True)]
        return (*names, "project"), told

    def _ask(self, args: argparse.Namespace) -> Iterator[tuple[str, ClusterList]]:
        """The clusters of the project, or of all with their names."""
        if not getattr(args, "all_projects", False):
            yield "", self.connect(args).list(args.health)
            return
        from keystoneauth1 import exceptions

        from disco.cli import connection, projects
        from disco.client import Client
        from disco.client.session_errors import keystone_error

        session, region, interface = connection.open_session(args)
        endpoint = Client(session, args.endpoint, region, interface=interface).endpoint
        try:
            every = list(projects.all_projects(session))
        except exceptions.ClientException as error:
            raise keystone_error(error, getattr(session.auth, "auth_url", None), region) from error
        for project in every:
            client = Client(project.session, endpoint, region, interface=interface)
            yield project.name, client.list(args.health)


def _is_narrow(args: argparse.Namespace) -> bool:
    """Whether the table goes to a terminal on which it has no room."""
    if args.columns or not sys.stdout.isatty():
        return False
    return shutil.get_terminal_size().columns < _ROOM


def _is_wanted(cluster: Cluster, args: argparse.Namespace) -> bool:
    """Whether the options let a cluster through."""
    if args.framework and args.framework not in cluster.frameworks:
        return False
    return not args.status or args.status.lower() in _words(cluster).lower()


def _words(cluster: Cluster) -> str:
    """The status and phase of a cluster, as the list shows them."""
    from disco.cli.cluster_view import phase_word

    return f"{cluster.status} {phase_word(cluster)}".rstrip()


def _why_none(clusters: Sequence[Cluster], args: argparse.Namespace) -> str:
    """Why the list is empty: there are no clusters, or others than those asked for."""
    if not clusters:
        return "There are no clusters in this project. disco create --help shows how to make one."
    there = []
    if args.status:
        words = sorted({", ".join(_words(c).split(" ", 1)) for c in clusters})
        there.append(f"Statuses and phases here: {name_some(words, _SHOWN)}.")
    if args.framework:
        frameworks = sorted({name for c in clusters for name in c.frameworks})
        there.append(f"Frameworks here: {name_some(frameworks, _SHOWN) or 'none'}.")
    return " ".join(["No cluster matches.", *there])
