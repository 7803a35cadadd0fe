"""The caller's credentials, from the headers that OCCI clients of DISCO send."""

from __future__ import annotations

import re
from collections.abc import Mapping

import falcon

from disco.attributes import DEPLOYER_PREFIX
from disco.occi.text import BLANKS, from_header
from disco.openstack.credentials import DEFAULT_DOMAIN, Credentials

#: a shell variable that stayed one: the original README has it between single quotes;
#: only the names used there, because a password may begin with a dollar sign, too
UNEXPANDED = re.compile(r"^\$\{?(OS_[A-Z_]+|TOKEN)\}?$")


def read_credentials(
    request: falcon.Request, attributes: Mapping[str, str] | None = None
) -> Credentials:
    """Headers first; the ``deployer`` attributes of a create where headers are missing.

    Headers are text as OCCI's are: UTF-8, else latin-1.
    """
    sent = attributes or {}

    def header(name: str, attribute: str | None = None) -> str | None:
        # before blanks are taken off: two bytes of UTF-8 are blanks in latin-1
        received = from_header(request.get_header(name) or "")
        for value in (received, sent.get(f"{DEPLOYER_PREFIX}{attribute}")):
            text = (value or "").strip(BLANKS)
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
        user_domain_id=header("X-User-Domain-Id"),
        project_domain=header("X-Project-Domain-Name"),
        project_domain_id=header("X-Project-Domain-Id"),
        application_credential_id=header("X-Application-Credential-Id"),
        application_credential_secret=header("X-Application-Credential-Secret"),
    )
