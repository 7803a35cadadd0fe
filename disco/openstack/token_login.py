"""The token that a caller sent, as it is used for the cloud."""

from __future__ import annotations

import logging
from typing import Any

from keystoneauth1 import access, exceptions, session
from keystoneauth1.identity.access import AccessInfoPlugin

LOG = logging.getLogger(__name__)


class TokenLogin(AccessInfoPlugin):
    """The caller's token, and the password to go on with if the cloud stops taking it.

    keystoneauth calls ``invalidate`` on the cloud's 401, and repeats the call if that helps.
    """

    def __init__(self, ref: access.AccessInfo, auth_url: str, password: Any) -> None:
        super().__init__(ref, auth_url=auth_url)
        self._password, self._refused = password, False

    def get_access(self, session: session.Session, **more: Any) -> access.AccessInfo:
        """The token's, or that of the password in its place.

        Raises:
            Unauthorized: the password is of another user, or for another project.
        """
        if not self._refused:
            return super().get_access(session, **more)
        new: access.AccessInfo = self._password.get_access(session, **more)
        old = self.auth_ref
        if (new.user_id, new.project_id) != (old.user_id, old.project_id):
            raise exceptions.Unauthorized("token and password are not of one user and project")
        return new

    def invalidate(self) -> bool:
        """The cloud refused the token; whether there is another way."""
        if self._password is None:
            return False
        if self._refused:
            return bool(self._password.invalidate())
        LOG.debug("token refused; going on with user and password")
        self._refused = True
        return True


def is_for(
    ref: access.AccessInfo, tenant: str | None, domain: str | None, domain_id: str | None = None
) -> bool:
    """Whether a token is for the project that is asked for; a name is one in its domain."""
    if tenant is None or tenant == ref.project_id:
        return True
    if domain_id:
        return bool(tenant == ref.project_name and domain_id == ref.project_domain_id)
    return tenant == ref.project_name and domain in (
        None, ref.project_domain_name, ref.project_domain_id,
    )  # fmt: skip
