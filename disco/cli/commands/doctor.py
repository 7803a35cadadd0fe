"""``disco doctor``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from disco.cli.command import Report
from disco.cli.exit_status import Status
from disco.cli.parser import seconds, whole_number

if TYPE_CHECKING:
    from keystoneauth1.session import Session

    from disco.cli.cluster_view import Columns
    from disco.doctor.finding import Finding, Patient

#: seconds for an answer of the cloud
_ANSWER_S = 30.0
_SIGNS = {"good": "ok", "warning": "warning", "failed": "failed"}


class ExamineCloud(Report):
    """The command."""

    description = (
        "Check the cloud and the project of your credentials, without DISCO's service: what\n"
        "keeps clusters from working, and what to do. Nothing is created without --probe."
    )
    examples = """
disco doctor
disco doctor --workers 8 --flavor m1.large
disco doctor --probe --image debian-12 --flavor m1.small --external-network public
disco doctor -f json | jq '.findings[] | select(.state != "good")'
"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """What to check."""
        super().add_arguments(parser)
        parser.add_argument(
            "--workers",
            type=whole_number,
            default=2,
            metavar="N",
            help="check the quotas for a master and so many workers (default: 2)",
        )
        parser.add_argument("--image", metavar="NAME", help="the image that nodes are to boot from")
        parser.add_argument("--flavor", metavar="NAME", help="the flavor of the nodes")
        parser.add_argument(
            "--external-network", metavar="NAME", help="the network of floating IPs"
        )
        parser.add_argument(
            "--probe",
            action="store_true",
            help="boot one node that says what it reaches, and delete it; needs --image, --flavor"
            " and --external-network where there are several",
        )
        parser.add_argument(
            "--timeout",
            type=seconds,
            default=600.0,
            metavar="TIME",
            help="how long the node of --probe may take, such as 90s or 15m (default: 10m)",
        )
        parser.add_argument(
            "--strict", action="store_true", help="exit with status 1 on warnings, too"
        )

    def take_action(self, parsed_args: argparse.Namespace) -> Columns:
        """Check, and say each finding as it comes."""
        from disco.cli import output

        findings: list[Finding] = []
        is_table = parsed_args.formatter == "table"
        for finding in _findings(parsed_args):
            findings.append(finding)
            if is_table:
                output.say(f"{_SIGNS[finding.state]:8}{finding.check}: {finding.text}")
                if finding.todo:
                    output.say(f"        -> {finding.todo}")
        states: list[str] = [finding.state for finding in findings]
        counts = {state: states.count(state) for state in _SIGNS}
        bad = counts["failed"] or (parsed_args.strict and counts["warning"])
        if is_table:
            output.say(
                f"\n{counts['failed']} failed, {counts['warning']} warnings, {counts['good']} good"
            )
        self.status = Status.FAILED if bad else Status.DONE
        data = {"ok": not bad, **counts, "findings": [one.as_data() for one in findings]}
        return tuple(data), tuple(data.values())


def _findings(args: argparse.Namespace) -> Iterator[Finding]:
    """Those of the log-in, and of all that it is needed for."""
    from disco.cli import connection
    from disco.client import DiscoClientError
    from disco.doctor.examination import examine
    from disco.doctor.finding import failed, good

    session, region, interface = connection.open_session(args)
    if session.timeout is None:
        session.timeout = _ANSWER_S
    where = getattr(session.auth, "auth_url", "")
    try:
        patient = _log_in(session, (region, interface), args)
    except DiscoClientError as error:
        yield failed("keystone", str(error), error.hint or "Check the OS_* variables.")
        return
    yield good("keystone", f"Keystone at {where} gave a token.")
    states = []
    for finding in examine(patient):
        states.append(finding.state)
        yield finding
    if args.probe and "failed" not in states:
        from disco.doctor.probe import probe

        yield from probe(patient, args.timeout)


def _log_in(session: Session, where: tuple[str | None, str], args: argparse.Namespace) -> Patient:
    """The caller's cloud and project.

    Raises:
        DiscoClientError: Keystone gives no token for it.
    """
    from keystoneauth1 import exceptions

    from disco.client import NotAuthenticated
    from disco.client.session_errors import keystone_error
    from disco.doctor.finding import Patient, Wanted
    from disco.openstack.session import Login

    auth: Any = session.auth
    try:
        told = auth.get_access(session)
    except exceptions.ClientException as error:
        raise keystone_error(error, getattr(auth, "auth_url", None), where[0]) from error
    if not told.project_id:
        raise NotAuthenticated(
            "The credentials name no project.",
            hint="Set OS_PROJECT_NAME, or give --os-project-name.",
        )
    login = Login(session, told.project_id, told.user_id, told.expires.timestamp(), *where)
    return Patient(login, Wanted(args.workers, args.image, args.flavor, args.external_network))
