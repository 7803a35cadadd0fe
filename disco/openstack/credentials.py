"""What a request says about who sends it."""

from __future__ import annotations

from dataclasses import dataclass, field

from disco.errors import AuthenticationFailed, Fault, InvalidRequest

#: of users and projects for which no domain is named
DEFAULT_DOMAIN = "Default"


@dataclass(frozen=True)
class Credentials:
    """What a request says about its sender; nothing of it appears in a repr."""

    token: str | None = field(default=None, repr=False)
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    tenant: str | None = None
    region: str | None = None
    user_domain: str = DEFAULT_DOMAIN
    #: None: not named, so a token for a project of this name is taken whatever its domain
    project_domain: str | None = None
    #: ids, which come before names
    user_domain_id: str | None = None
    project_domain_id: str | None = None
    application_credential_id: str | None = field(default=None, repr=False)
    application_credential_secret: str | None = field(default=None, repr=False)

    def check(self) -> None:
        """Refuse what cannot be sent to Keystone at all.

        Raises:
            AuthenticationFailed: there is nothing to log in with.
            InvalidRequest: a password without the project it is for.
        """
        if self.application_credential_id and self.application_credential_secret:
            return
        if not self.token and not (self.username and self.password):
            raise AuthenticationFailed(
                "No credentials: X-Auth-Token, or X-User-Name and X-Password, are needed.",
                hint="In curl, put headers with variables between double quotes.",
                faults=[Fault("X-Auth-Token", "missing", "a Keystone token", "no-credentials")],
            )
        if not self.token and not self.tenant:
            raise InvalidRequest.of(
                [Fault("X-Tenant-Name", "missing", "the name or id of your project", "no-tenant")]
            )
