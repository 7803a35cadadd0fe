"""The body of ``POST /v2.0/tokens``."""

from __future__ import annotations

from typing import Any, cast

import falcon

from disco.api.keystone.v2_tokens import Tokens
from disco.errors import AuthenticationFailed
from disco.openstack.session import Sessions
from fuzz.parts import make_request
from fuzz.target import Target


class NoSessions:
    """Refuses everybody."""

    def __getattr__(self, _: str) -> Any:
        return self.refuse

    def refuse(self, *_: Any, **__: Any) -> Any:
        """Answer as Keystone does to unknown credentials."""
        raise AuthenticationFailed("no")


RESOURCE = Tokens(cast(Sessions, NoSessions()))


def run(data: bytes) -> None:
    """Ask for a token."""
    RESOURCE.on_post(make_request(data), falcon.Response())


TARGET = Target(
    run,
    dictionary=(
        '{"auth": ',
        '"passwordCredentials": ',
        '"username": ',
        '"password": ',
        '"tenantName": ',
    ),
)
