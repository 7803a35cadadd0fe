"""``/v3/auth/tokens``: passes logins and logouts on to Keystone.

A browser cannot ask Keystone itself: its address may be unreachable, and it refuses pages
of another origin. So the dashboard sends the password here once and keeps only the token.
DISCO neither keeps nor logs them.
"""

from __future__ import annotations

from typing import Any, TypedDict

import falcon

from disco.api.http.audit import Initiator, note_initiator
from disco.api.http.body import read_body
from disco.errors import AuthenticationFailed, Fault, InvalidRequest
from disco.openstack.session import Sessions
from disco.untrusted import Malformed, read_json_object

MAX_BODY = 64 * 1024


class TokenBody(TypedDict):
    """A token and what it is for, as Keystone describes it."""

    token: dict[str, Any]


class TokenRequest(TypedDict):
    """A request for a token, as Keystone's third API has it."""

    auth: dict[str, Any]


class AuthTokens:
    """Exchanges the ``auth`` of Keystone's third API for a token, and revokes tokens."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        """Answer as Keystone does, without its catalogue."""
        token, answer = self._sessions.exchange(_read(read_body(request, MAX_BODY)))
        note_initiator(request, Initiator.of_token(answer))
        response.status = falcon.HTTP_201
        response.set_header("X-Subject-Token", token)
        response.media = answer

    def on_delete(self, request: falcon.Request, response: falcon.Response) -> None:
        """Revoke the token of ``X-Auth-Token``."""
        token = request.get_header("X-Auth-Token")
        if not token:
            fault = Fault("X-Auth-Token", "missing", "the token", "no-credentials")
            raise AuthenticationFailed("X-Auth-Token is missing.", faults=[fault])
        self._sessions.revoke(token)
        response.status = falcon.HTTP_204


def _read(body: bytes) -> dict[str, Any]:
    try:
        auth = read_json_object(body)["auth"]
        if not isinstance(auth, dict):
            raise TypeError
    except (ValueError, KeyError, TypeError) as error:
        said = f"malformed: {error}" if isinstance(error, Malformed) else "malformed"
        fault = Fault("auth", said, "an object as POST /v3/auth/tokens takes it")
        raise InvalidRequest.of([fault]) from None
    return auth
