"""Who calls a service: a project's user from outside, or Heat in a project's name."""

from __future__ import annotations

from dataclasses import dataclass

import falcon

ENVIRON_KEY = "disco.caller"


@dataclass(frozen=True)
class Caller:
    """The project that a request is made for; only a trusted caller may write."""

    project_id: str
    user_id: str
    trusted: bool = False


def caller_of(request: falcon.Request) -> Caller:
    """The caller; keystonemiddleware has checked the token of those from outside."""
    known = request.env.get(ENVIRON_KEY)
    if isinstance(known, Caller):
        return known
    project = request.env.get("HTTP_X_PROJECT_ID", "")
    return Caller(project, request.env.get("HTTP_X_USER_ID", ""))
