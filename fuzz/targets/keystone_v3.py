"""The body of ``POST /v3/auth/tokens``."""

from __future__ import annotations

from typing import cast

import falcon

from disco.api.keystone.v3_tokens import AuthTokens
from disco.openstack.session import Sessions
from fuzz.parts import make_request
from fuzz.target import Target
from fuzz.targets.keystone_v2 import NoSessions

RESOURCE = AuthTokens(cast(Sessions, NoSessions()))


def run(data: bytes) -> None:
    """Ask for a token."""
    RESOURCE.on_post(make_request(data), falcon.Response())


TARGET = Target(
    run,
    dictionary=('{"auth": ', '"identity": ', '"methods": ', '"scope": ', '"project": ', '"name": '),
)
