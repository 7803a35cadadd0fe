"""Who is asking: credentials of a request, and the Keystone session they open.

DISCO has no powers of its own. Every call to the cloud is made with what the
caller sent; nothing of it is stored or logged. A session is kept in memory, under
a keyed hash of the credentials, for a minute: then Keystone is asked again, so that a
password or a token that was taken back does not go on working here.
"""

from __future__ import annotations

import contextlib
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from keystoneauth1 import access, exceptions, session
from keystoneauth1.identity import v3

from disco import metrics
from disco.errors import CloudError, Fault, InvalidRequest, NotInCloud
from disco.openstack.answers import check_access
from disco.openstack.credentials import DEFAULT_DOMAIN, Credentials
from disco.openstack.errors import cloud_errors, says_itself
from disco.openstack.kept_logins import KeptLogins
from disco.openstack.login_errors import login_errors
from disco.openstack.memory import Key, Memory
from disco.openstack.regions import choose_region
from disco.openstack.retrying_session import RetryingSession, close_with
from disco.openstack.single_file import SingleFile
from disco.openstack.token_login import TokenLogin, is_for

LOG = logging.getLogger(__name__)

VERSION_SUFFIX = re.compile(r"/v(2\.0|3)/?$")
UUID_LIKE = re.compile(r"^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$", re.I)
#: a session is not used in its token's last seconds
MARGIN = 60.0
#: seconds after which a kept session's credentials are checked with Keystone again
KEEP_S = 60.0
#: likewise of one that is used again and again without a request, where each is checked
MIN_KEEP_S = 5.0
#: seconds for which a request waits for another one's log-in with the same credentials
ALONE_S = 2.0
#: the interface of endpoints that everybody reaches
PUBLIC = "public"
#: who has one of these may change a project's resources in every OpenStack
MEMBER_ROLES = frozenset(("admin", "manager", "member", "_member_"))


@dataclass(frozen=True)
class Login:
    """An open session: the project and the user it is for, and when it ends."""

    session: session.Session
    project_id: str
    user_id: str
    expires: float  # seconds since the epoch
    region: str | None  # of all services
    interface: str = PUBLIC  # of the catalogue's endpoints: public, internal or admin
    region_sent: bool = True  # by the caller; else it is the only one of Heat
    opened: float = field(default_factory=time.time, compare=False)  # likewise
    roles: frozenset[str] = field(default=frozenset(), compare=False)  # names of the user's
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)

    def key(self, *words: str) -> Key:
        """Where the memory keeps something of the project, as this cloud's region has it."""
        return (self.project_id, self.region, *words)

    def access(self) -> access.AccessInfoV3:
        """What Keystone said of the token: user, project, roles and catalogue."""
        auth: Any = self.session.auth
        access_info: access.AccessInfoV3 = auth.get_access(self.session)
        return access_info

    @property
    def delegated(self) -> bool:
        """Whether it comes from an application credential or a trust."""
        access_info = self.access()
        return bool(access_info.application_credential_id or access_info.trust_scoped)

    @property
    def is_member(self) -> bool:
        """Whether the token's roles say that it may change the project's resources.

        False is no more than "not known": clouds have roles of their own, and access rules
        limit an application credential further.
        """
        access_info = self.access()
        if access_info.application_credential_access_rules is not None:
            return False
        return not MEMBER_ROLES.isdisjoint(access_info.role_names or ())


class Sessions:
    """Opens sessions and keeps them for ``keep`` seconds at most; safe for threads."""

    def __init__(
        self,
        design_uri: str,
        verify: bool | str,
        timeout: float,
        keep: float = KEEP_S,
        interface: str = PUBLIC,
    ) -> None:
        self.interface = interface
        self.auth_url = VERSION_SUFFIX.sub("", design_uri.rstrip("/")) + "/v3"
        self._verify = verify
        self._timeout = timeout
        self._keep = keep
        self._kept: KeptLogins[Login] = KeptLogins(keep, MARGIN)
        self._opening = SingleFile(ALONE_S)
        #: of all logins, where any is kept
        self._memory = Memory() if keep else None

    def open(self, credentials: Credentials) -> Login:
        """The session of these credentials, a kept one where there is one.

        A token is tried first; user and password are the fallback when it is
        refused, because clients send both and tokens grow old.

        Raises:
            AuthenticationFailed: Keystone refused.
            InvalidRequest: something needed is missing, or there is no such region.
            CloudError: Keystone cannot be reached or failed.
        """
        credentials.check()
        key = self._kept.key(credentials)
        if (known := self._kept.get(key)) is not None:
            metrics.SESSIONS.labels("hit").inc()
            return known
        with self._opening.alone(key):
            if (known := self._kept.get(key)) is not None:
                metrics.SESSIONS.labels("hit").inc()
                return known
            metrics.SESSIONS.labels("miss").inc()
            login = self._in_region(self._log_in(credentials))
            close_with(login, login.session)
            self._kept.keep(key, login, credentials.token)
            return login

    def renew(self, login: Login, credentials: Credentials) -> Login:
        """The session of a request that goes on; Keystone is asked again when it is old.

        Raises:
            AuthenticationFailed: and what ``open`` raises.
        """
        if time.time() < min(login.expires, login.opened + max(self._keep, MIN_KEEP_S)):
            return login
        return self.open(credentials)

    def open_anew(self, credentials: Credentials) -> Login:
        """As ``open``, but Keystone is asked in any case, and the session is not kept.

        It is for the caller, who can revoke its token without harm to other requests. No region
        is chosen, so that it is for Keystone alone.

        Raises:
            AuthenticationFailed: and what ``open`` raises.
        """
        credentials.check()
        return self._log_in(credentials)

    def exchange(self, auth: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """A new token for ``auth`` of Keystone's API, and what Keystone says of it.

        It is not kept: it can be taken back without harm to other requests.

        Raises:
            AuthenticationFailed: Keystone refused.
            InvalidRequest: ``auth`` is nothing that Keystone reads.
            CloudError: and its relatives, when it fails.
        """
        with login_errors():
            answer = self._session(None).post(
                f"{self.auth_url}/auth/tokens?nocatalog",
                json={"auth": dict(auth)},
                authenticated=False,
                log=False,
            )
            token, said = answer.headers.get("X-Subject-Token"), answer.json()
            check_access(access.AccessInfoV3(body=said))
        # it becomes a header of an answer
        if not token or not (token.isascii() and token.isprintable()):
            raise CloudError("The identity service gave no token.")
        return str(token), said

    def revoke(self, token: str) -> None:
        """Have Keystone take a token back; an unknown token counts as taken back.

        Raises:
            AuthenticationFailed: the token is not the caller's to take back.
            CloudError: and its relatives, when Keystone fails.
        """
        with contextlib.suppress(NotInCloud), cloud_errors("identity"):
            self._session(None).delete(
                f"{self.auth_url}/auth/tokens",
                headers={"X-Auth-Token": token, "X-Subject-Token": token},
                authenticated=False,
                log=False,
            )
        self._kept.forget_token(token)

    def forget(self, credentials: Credentials) -> None:
        """Drop the kept session: the cloud said that its token is not valid any more."""
        self._kept.forget(self._kept.key(credentials))

    def _log_in(self, credentials: Credentials) -> Login:
        with login_errors():
            if credentials.application_credential_id:
                return self._open(self._application_credential(credentials), credentials)
            if credentials.token:
                try:
                    return self._open(self._token(credentials), credentials)
                except (exceptions.Unauthorized, exceptions.Forbidden):
                    if not (credentials.username and credentials.password and credentials.tenant):
                        raise
                    LOG.debug("token refused; trying user and password")
            return self._with_password(credentials)

    def _session(self, auth: Any) -> session.Session:
        # no split loggers, no collected timing: bodies with secrets stay out of logs
        return RetryingSession(auth=auth, verify=self._verify, timeout=self._timeout)

    def _open(self, auth: Any, credentials: Credentials) -> Login:
        opened = self._session(auth)
        ref = check_access(auth.get_access(opened))
        if not ref.project_id and credentials.tenant:
            raise ValueError("Keystone answers with a token for no project")
        if not ref.project_id:
            raise InvalidRequest.of(
                [Fault("X-Tenant-Name", "missing", "the name or id of your project", "no-tenant")]
            )
        return Login(
            opened,
            ref.project_id,
            ref.user_id,
            ref.expires.timestamp(),
            credentials.region,
            self.interface,
            region_sent=bool(credentials.region),
            roles=frozenset(map(str, ref.role_names or ())),
            memory=self._memory or Memory(),
        )

    def _in_region(self, login: Login) -> Login:
        """The login with the region that all services are used in."""
        with login_errors():
            auth: Any = login.session.auth
            catalog = auth.auth_ref.service_catalog
            return replace(login, region=choose_region(catalog, login.region, self.interface))

    def _application_credential(self, credentials: Credentials) -> Any:
        return v3.ApplicationCredential(
            self.auth_url,
            application_credential_id=credentials.application_credential_id,
            application_credential_secret=credentials.application_credential_secret or "",
        )

    def _with_password(self, credentials: Credentials) -> Login:
        last: exceptions.Unauthorized | None = None
        for scope in self._scopes(credentials):
            try:
                return self._open(self._password(credentials, scope), credentials)
            except exceptions.Unauthorized as error:
                last = error
        assert last is not None
        raise last

    def _password(self, credentials: Credentials, scope: Mapping[str, Any]) -> Any:
        return v3.Password(
            self.auth_url,
            username=credentials.username,
            password=credentials.password or "",
            **{**_domain("user", credentials.user_domain_id, credentials.user_domain), **scope},
        )

    def _scopes(self, credentials: Credentials) -> list[dict[str, Any]]:
        """Clients send a project's name, some its id."""
        by_name = {
            "project_name": credentials.tenant,
            **_domain("project", credentials.project_domain_id, credentials.project_domain),
        }
        if credentials.tenant and UUID_LIKE.match(credentials.tenant):
            return [{"project_id": credentials.tenant}, by_name]
        return [by_name]

    def _token(self, credentials: Credentials) -> Any:
        """A plug-in for the caller's token: as it is if it fits, else scoped anew.

        A token of an application credential cannot be scoped anew, so a token
        that already belongs to the project is used unchanged.
        """
        anonymous = self._session(None)
        if not (credentials.token or "").isascii():
            raise exceptions.Unauthorized("no token of Keystone's, and no header of HTTP's")
        try:
            answer = anonymous.get(
                f"{self.auth_url}/auth/tokens",
                headers={"X-Auth-Token": credentials.token, "X-Subject-Token": credentials.token},
                log=False,
            )
        except exceptions.NotFound as error:
            if not says_itself(error):
                raise
            # a token that was revoked a moment ago: Keystone does not know it any more
            raise exceptions.Unauthorized("the token is not known") from error
        ref: Any = access.AccessInfoV3(body=answer.json(), auth_token=credentials.token)
        domain_id, domain = credentials.project_domain_id, credentials.project_domain
        if not is_for(ref, credentials.tenant, domain, domain_id):
            scope = self._scopes(credentials)[0]
            auth = v3.Token(self.auth_url, token=credentials.token or "", **scope)
            ref = auth.get_access(anonymous)
        password = None
        if credentials.username and credentials.password and ref.project_id:
            password = self._password(credentials, {"project_id": ref.project_id})
        return TokenLogin(ref, self.auth_url, password)


def _domain(of: str, domain_id: str | None, name: str | None) -> dict[str, str]:
    """A domain as keystoneauth takes it: by its id, else by its name."""
    if domain_id:
        return {f"{of}_domain_id": domain_id}
    return {f"{of}_domain_name": name or DEFAULT_DOMAIN}
