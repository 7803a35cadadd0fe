"""``/v3/auth/tokens``: Keystone's way to change a password for a token, passed on.

A browser cannot ask Keystone itself: its address may be unreachable, and it allows no
page of another origin. So the dashboard sends the password here once and keeps the
token alone. Nothing of either is kept or logged.
"""

from __future__ import annotations

import json
from typing import Any, TypedDict

import falcon

from disco.errors import AuthenticationFailed, Fault, InvalidRequest
from disco.openstack.session import Sessions

MAX_BODY = 64 * 1024


class TokenBody(TypedDict):
    """A token and what it is for, as Keystone says it."""

    token: dict[str, Any]


class TokenRequest(TypedDict):
    """A request for a token, as Keystone's third API has it."""

    auth: dict[str, Any]


class AuthTokens:
    """Gives a token for what Keystone's third API takes as ``auth``, and takes it back."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        """Answer as Keystone does, without its catalogue."""
        token, said = self._sessions.exchange(_read(request.bounded_stream.read(MAX_BODY)))
        response.status = falcon.HTTP_201
        response.set_header("X-Subject-Token", token)
        response.media = said

    def on_delete(self, request: falcon.Request, response: falcon.Response) -> None:
        """Have Keystone take back the token of ``X-Auth-Token``."""
        token = request.get_header("X-Auth-Token")
        if not token:
            fault = Fault("X-Auth-Token", "missing", "the token", "no-credentials")
            raise AuthenticationFailed("There is no token to take back.", faults=[fault])
        self._sessions.revoke(token)
        response.status = falcon.HTTP_204


def _read(body: bytes) -> dict[str, Any]:
    try:
        auth = json.loads(body)["auth"]
        if not isinstance(auth, dict):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        fault = Fault("auth", "malformed", "an object as POST /v3/auth/tokens takes it")
        raise InvalidRequest.of([fault]) from None
    return auth
