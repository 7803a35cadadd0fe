"""The projects that one's credentials are good for, each with a session of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from keystoneauth1 import exceptions, session
from keystoneauth1.identity import v3

from disco.cli.exit_status import CommandError, Status
from disco.untrusted import one_line

_MOST = 255


@dataclass(frozen=True)
class Project:
    """A project and a session for it."""

    id: str
    name: str
    session: session.Session


def own_project(opened: session.Session) -> Iterator[Project]:
    """The project of the credentials.

    Raises:
        CommandError: they name none.
        ClientException: Keystone refused them, or does not answer.
    """
    auth: Any = opened.auth
    found = auth.get_access(opened)
    if not found.project_id:
        raise CommandError(
            "The credentials name no project.",
            Status.CREDENTIALS,
            "Set OS_PROJECT_NAME, or use --all-projects.",
        )
    yield Project(found.project_id, found.project_name or found.project_id, opened)


def all_projects(opened: session.Session) -> Iterator[Project]:
    """Every enabled project in which the user has a role.

    Raises:
        CommandError: Keystone gives no token for another project: not to application credentials.
        ClientException: Keystone does not answer.
    """
    token, url = opened.get_token() or "", _auth_url(opened)
    answer = opened.get(
        f"{url}/auth/projects", headers={"X-Auth-Token": token}, authenticated=False, log=False
    )
    for raw in sorted(answer.json()["projects"], key=lambda raw: str(raw.get("name"))):
        if raw.get("enabled", True):
            auth = v3.Token(url, token=token, project_id=str(raw["id"]))
            scoped = session.Session(
                auth, verify=opened.verify, cert=opened.cert, timeout=opened.timeout
            )
            _check(scoped)
            name = one_line(raw.get("name"), _MOST)
            yield Project(str(raw["id"]), name, scoped)


def _check(scoped: session.Session) -> None:
    try:
        scoped.get_token()
    except (exceptions.Unauthorized, exceptions.Forbidden) as error:
        raise CommandError(
            "Keystone gives these credentials no token for another project.",
            Status.CREDENTIALS,
            "An application credential is good for its own project alone: use a password, or run"
            " the command once for each project without --all-projects.",
        ) from error


def _auth_url(opened: session.Session) -> str:
    auth: Any = opened.auth
    url = str(auth.auth_url).rstrip("/")
    return url if url.endswith("/v3") else f"{url.removesuffix('/v2.0')}/v3"
