"""``disco operate``."""

from __future__ import annotations

import argparse
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

from disco.cli.command import Report as ReportCommand
from disco.cli.exit_status import Status
from disco.cli.parser import seconds

if TYPE_CHECKING:
    from disco.cli.end_controller import Report
    from disco.cli.projects import Project
    from disco.client import Client

#: seconds: between two looks, at least, and that two clocks may differ
_EVERY, _LEAST, _APART = 60.0, 5.0, 60.0


def _pause(text: str) -> float:
    """The type of ``--watch``.

    Raises:
        ArgumentTypeError: it is no duration, or too short.
    """
    pause = seconds(text)
    if pause < _LEAST:
        raise argparse.ArgumentTypeError(f'"{text}" is too short. Use {_LEAST:g}s or more.')
    return pause


class Operate(ReportCommand):
    """The command."""

    description = (
        "Delete the clusters whose time to live is over, and those that an idle limit has\n"
        "powered off, with their credentials. On most clouds clusters cannot do that themselves.\n"
        "Run it again and again, or beside others: it keeps no state."
    )
    examples = """
disco operate --dry-run
disco operate -f json
disco operate --watch 5m
disco operate --all-projects --watch
"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Where, and how often."""
        super().add_arguments(parser)
        parser.add_argument(
            "--all-projects",
            action="store_true",
            help="in every project in which your user has a role; not with application credentials",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="delete nothing; say what would be deleted"
        )
        parser.add_argument(
            "--watch",
            nargs="?",
            type=_pause,
            const=_EVERY,
            metavar="TIME",
            help="go on, with this time between two looks, such as 30s or 5m (default: 60s)",
        )

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Any, Any]:
        """One look, or looks until it is told to stop; the first error gives the exit status."""
        from disco.cli import output

        args = parsed_args
        stop = threading.Event()
        before = signal.signal(signal.SIGTERM, lambda *_: stop.set())
        try:
            report = _look(args)
            self._tell(report, args, ())
            while args.watch is not None and not stop.wait(args.watch):
                # what is wrong for long is told once
                known = tuple(one.as_data().items() for one in report.failed)
                try:
                    report = _look(args)
                except Exception as error:
                    from disco.cli.error_display import show_error

                    show_error(error)
                    continue
                self._tell(report, args, known)
        finally:
            signal.signal(signal.SIGTERM, before)
        if args.watch is None:
            self.status = _status(report)
            if args.formatter == "table":
                output.say(report.summary())
        return (), ()

    def _tell(self, report: Report, args: argparse.Namespace, known: tuple[object, ...]) -> None:
        """What was done, on standard output, and what failed newly, on the other."""
        from disco.cli import output

        for one in report.failed:
            if one.as_data().items() not in known:
                where = one.cluster_id or f"project {one.project}"
                output.note(f"disco: {where}: {one.reason}")
        if args.formatter == "table":
            for line in report.lines():
                output.say(line)
            return
        data = report.as_data()
        args.noindent = args.noindent or args.watch is not None  # a line for each look
        self.produce_output(args, tuple(data), tuple(data.values()))


def _status(report: Report) -> Status:
    from disco.cli.exit_status import status_of

    return status_of(report.errors[0]) if report.errors else Status.DONE


def _look(args: argparse.Namespace) -> Report:
    """One look at every project.

    Raises:
        DiscoClientError: the service or the only project cannot be asked.
    """
    from keystoneauth1 import exceptions

    from disco.cli import connection, end_controller, projects
    from disco.client import Client, DiscoClientError
    from disco.client.session_errors import keystone_error

    session, region, interface = connection.open_session(args)
    client = Client(session, getattr(args, "endpoint", None), region, interface=interface)
    own = projects.all_projects if args.all_projects else projects.own_project
    try:
        report = end_controller.Report(_now(client), args.dry_run)
        for project in own(session):
            mine = Client(project.session, client.endpoint, region, interface=interface)
            try:
                living = end_controller.end_clusters(mine, project.name, report)
            except DiscoClientError as error:
                if not args.all_projects:
                    raise
                report.fail("", project.name, error)
                continue
            if not args.dry_run:
                _remove_credentials(project, (region, interface), living, report)
    except exceptions.ClientException as error:
        raise keystone_error(error, None, region) from error
    return report


def _now(client: Client) -> float:
    """The earlier of the service's clock and this machine's: a wrong one must not delete."""
    from disco.cli import output

    here, there = time.time(), client.clock()
    if there is None:
        return here
    if abs(here - there) > _APART:
        output.note(
            f"disco: The clocks of this machine and of DISCO differ by {abs(here - there):.0f} s."
            " The earlier time counts."
        )
    return min(here, there)


def _remove_credentials(
    project: Project, where: tuple[str | None, str], living: list[str], report: Report
) -> None:
    """Those of clusters that deleted themselves; what cannot be removed expires by itself."""
    from disco.errors import DiscoError
    from disco.openstack.delete_credential import DeleteCredentials
    from disco.openstack.object_store import StorageKeys
    from disco.openstack.session import Login

    opened = project.session
    user = opened.get_user_id() or ""
    try:
        login = Login(opened, project.id, user, 0.0, *where)
        report.credentials += DeleteCredentials(login).remove_over(living)
        report.credentials += StorageKeys(login).remove_over(living)
    except DiscoError:
        return  # an application credential may not see them
