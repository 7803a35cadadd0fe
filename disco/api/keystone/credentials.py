"""The caller's credentials, from the headers that OCCI clients of DISCO send."""

from __future__ import annotations

import re
from collections.abc import Mapping

import falcon

from disco.attributes import (
    DEPLOYER_PREFIX,
)
from disco.openstack.session import DEFAULT_DOMAIN, Credentials

#: a shell variable that stayed one: the original README has it between single quotes;
#: only the names used there, because a password may begin with a dollar sign, too
UNEXPANDED = re.compile(r"^\$\{?(OS_[A-Z_]+|TOKEN)\}?$")


def read_credentials(
    request: falcon.Request, attributes: Mapping[str, str] | None = None
) -> Credentials:
    """Headers first; the ``deployer`` attributes of a create where headers are missing."""
    sent = attributes or {}

    def header(name: str, attribute: str | None = None) -> str | None:
        for value in (request.get_header(name), sent.get(f"{DEPLOYER_PREFIX}{attribute}")):
            text = (value or "").strip()
            if text and not UNEXPANDED.match(text):
                return text
        return None

    return Credentials(
        token=header("X-Auth-Token"),
        username=header("X-User-Name", "username"),
        password=header("X-Password", "password"),
        tenant=header("X-Tenant-Name", "tenantname"),
        region=header("X-Region-Name", "region"),
        user_domain=header("X-User-Domain-Name") or DEFAULT_DOMAIN,
        project_domain=header("X-Project-Domain-Name"),
        application_credential_id=header("X-Application-Credential-Id"),
        application_credential_secret=header("X-Application-Credential-Secret"),
    )
