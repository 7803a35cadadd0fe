"""The end of a cluster that DISCO was told of at its creation: a time to live, an idle limit.

DISCO keeps no credential, so the cluster carries one: an application credential of
its creator's, whose access rules allow nothing but deleting this one stack. Its
name and its secret follow from the cluster's id, so that a repeated create makes no
second one, and an extended cluster needs no new secret.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import time
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from keystoneauth1.identity import v3

from disco.attributes import ENDING, EXPIRES
from disco.errors import AuthenticationFailed, Conflict, DiscoError, Forbidden, NotInCloud
from disco.openstack.answers import read_entries, read_object
from disco.openstack.endpoints import public_login, service_url
from disco.openstack.errors import cloud_errors
from disco.openstack.regions import ORCHESTRATION
from disco.openstack.retrying_session import RetryingSession
from disco.openstack.session import Login
from disco.openstack.side_by_side import Begun
from disco.spec import STACK_NAME, stack_name
from disco.untrusted import Malformed, read_epoch, read_time

LOG = logging.getLogger(__name__)

#: the stack's parameters: when the cluster ends and with which credential; its secret
END, SECRET = "disco_end", "disco_end_secret"
#: what stands for no credential
NONE = "-"
#: seconds that a credential outlives its cluster's time: a cloud may be slow, or away
MARGIN_S = 7 * 86400
#: likewise of a cluster that has an idle limit alone
IDLE_ONLY_S = 365 * 86400
SECRET_LENGTH = 43
#: seconds that a credential for a trial is good for, if it cannot be removed
_TRIAL_S = 600
#: characters of the parameter that are looked at
_LONGEST = 200
_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class End:
    """When a cluster ends, and how.

    Attributes:
        at: seconds since the epoch; 0 for no time.
        credential: id of the application credential; None where nodes can only power off.
        key: tells which of the service's key secrets its secret was derived from.
    """

    at: int
    credential: str | None
    key: str = NONE

    def __str__(self) -> str:
        return f"{self.at} {self.credential or NONE} {self.key}"

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> End | None:
        """The end that a stack's parameters tell; None if none was asked for, or unreadable."""
        at, credential, key, *_ = [*parameters.get(END, "")[:_LONGEST].split(), "", "", ""]
        try:
            seconds = int(read_epoch(at).timestamp())
        except Malformed:
            return None
        return cls(seconds, None if credential in ("", NONE) else credential, key or NONE)

    def attributes(self) -> dict[str, str]:
        """As the cluster's owner sees it."""
        shown = {ENDING: "delete" if self.credential else "poweroff"}
        if self.at:
            shown[EXPIRES] = datetime.fromtimestamp(self.at, UTC).strftime(_TIME)
        return shown


@dataclass(frozen=True)
class Prepared:
    """A credential for a cluster.

    Attributes:
        id: Keystone's.
        made: whether it was made just now; who made it may remove it again.
    """

    id: str
    made: bool


class DeleteCredentials:
    """The application credentials that end the caller's clusters."""

    _begun: Begun[Any] | None = None

    def __init__(self, login: Login) -> None:
        self._login = login
        self._base = f"/users/{login.user_id}"

    def begin(self) -> None:
        """Ask already now, beside other questions, which of them there are."""
        path = f"{self._base}/application_credentials"
        self._begun = Begun(partial(DeleteCredentials(self._login)._ask, "GET", path))

    def prepare(
        self, cluster_id: str, secret: str, until: int, use_again: bool = True
    ) -> Prepared | None:
        """A credential that can delete the cluster's stack, and is good until ``until``.

        One that is there already is used again, if ``use_again``; its secret may be another.
        Credentials of clusters whose time has long passed are removed on the way. None where
        the cloud has no application credentials, or the caller may make none.

        Raises:
            CloudError: and its relatives, when Keystone fails.
        """
        good_until = until + MARGIN_S
        try:
            known = self._known()
            for one in known:
                expires = _seconds(one)
                fits = use_again and _is_for(one, cluster_id)
                if fits and (expires is None or expires >= until):
                    return Prepared(str(one["id"]), made=False)
                if expires is not None and expires < time.time():
                    self._remove(one)
            name = stack_name(cluster_id)
            if any(one["name"] == name for one in known):
                name = f"{name}_{good_until}_{secrets.token_hex(4)}"
            return Prepared(self._make(name, cluster_id, secret, good_until), made=True)
        except (Forbidden, NotInCloud) as error:
            LOG.info("no application credential can be made: %s", error.message)
            return None

    def taken_by_heat(self, credential: str, secret: str, cluster_id: str) -> bool:
        """Whether Heat takes the credential; it is asked to delete a stack that is not there.

        A Heat that does not know which service it is can check no access rules, and
        refuses every credential that has some.
        """
        robot = self._robot(credential, secret)
        path = f"/stacks/{stack_name(cluster_id)}/{uuid.uuid4()}"
        try:
            with cloud_errors("orchestration"):
                robot.delete(service_url(self._login, ORCHESTRATION) + path)
        except (AuthenticationFailed, Forbidden) as error:
            LOG.info("Heat does not take a credential with access rules: %s", error.message)
            return False
        except DiscoError as error:
            LOG.debug("the expected answer: %s", error.message)
        return True

    @contextmanager
    def for_trial(self, rest: str) -> Iterator[RetryingSession]:
        """A session of a credential that may only POST to ``rest``, a path below Heat's.

        The credential is removed at the end; if that fails it expires.

        Raises:
            Forbidden: and what else Keystone answers to who may make none.
        """
        name, secret = f"{stack_name('trial')}_{secrets.token_hex(8)}", secrets.token_urlsafe(32)
        made = self._post(name, secret, int(time.time()) + _TRIAL_S, ("POST", self._paths(rest)))
        try:
            yield self._robot(str(made["id"]), secret)
        finally:
            with contextlib.suppress(DiscoError):
                self._remove(made)

    def _robot(self, credential: str, secret: str) -> RetryingSession:
        """A session of one of the credentials."""
        auth = v3.ApplicationCredential(
            auth_url(self._login),
            application_credential_id=credential,
            application_credential_secret=secret,
        )
        mine = self._login.session
        return RetryingSession(auth, verify=mine.verify, timeout=mine.timeout)

    def _make(self, name: str, cluster_id: str, secret: str, until: int) -> str:
        paths = self._paths(f"/stacks/{stack_name(cluster_id)}/*")
        return str(self._post(name, secret, until, ("DELETE", paths))["id"])

    def _post(
        self, name: str, secret: str, until: int, allowed: tuple[str, Sequence[str]]
    ) -> dict[str, Any]:
        """Make a credential for a method and the paths, and nothing else."""
        method, paths = allowed
        body = {
            "name": name,
            "secret": secret,
            "description": self._description(),
            "expires_at": datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"),
            "unrestricted": False,
            "access_rules": [
                {"service": "orchestration", "method": method, "path": path} for path in paths
            ],
        }
        path = f"{self._base}/application_credentials"
        made = self._ask("POST", path, {"application_credential": body})
        with cloud_errors("identity"):
            return read_object(made["application_credential"], {"id": (str,)}, "credential")

    def _description(self) -> str:
        return (
            f"Ends a DISCO cluster at {heat_endpoint(self._login)};"
            " allows nothing but deleting its stack."
        )

    def _paths(self, rest: str) -> Sequence[str]:
        """An address below Heat's, as Heat sees it: a proxy may take a prefix off."""
        prefix = urlsplit(heat_endpoint(self._login)).path.rstrip("/")
        return list(dict.fromkeys((f"{prefix}{rest}", f"/v1/{self._login.project_id}{rest}")))

    def remove(
        self, cluster_ids: Iterable[str], but: str | None = None, of_this_heat: bool = False
    ) -> None:
        """Remove the caller's credentials for these clusters, all but the one ``but``.

        With ``of_this_heat`` only those that were made for the Heat that is asked: a cluster
        that it does not know may live in another region.

        What cannot be removed expires by itself; so this raises nothing.
        """
        wanted = set(cluster_ids)
        try:
            for one in self._known():
                if one["id"] == but or not any(_is_for(one, name) for name in wanted):
                    continue
                if not of_this_heat or one.get("description") == self._description():
                    self._remove(one)
        except DiscoError as error:
            LOG.info("an application credential is left to expire: %s", error.message)

    def remove_over(self, living: Collection[str]) -> list[str]:
        """Remove the caller's credentials of clusters of this Heat that are gone; their ids.

        A cluster's time must be over: before that its create may be under way. ``living`` are
        the clusters that there are.

        Raises:
            CloudError: and its relatives, when Keystone does not tell.
        """
        gone = []
        for one in self._known():
            cluster_id = str(one["name"]).removeprefix(stack_name(""))[:36]
            good_until = _seconds(one)
            over = good_until is not None and good_until - MARGIN_S < time.time()
            mine = one.get("description") == self._description()
            left = STACK_NAME.match(stack_name(cluster_id)) and cluster_id not in living
            if over and mine and left:
                self._remove(one)
                gone.append(cluster_id)
        return gone

    def remove_made(self, prepared: Prepared | None) -> None:
        """Remove a credential if it was made just now; what was there before stays."""
        if prepared is None or not prepared.made:
            return
        try:
            for one in self._known():
                if one["id"] == prepared.id:
                    self._remove(one)
        except DiscoError as error:
            LOG.info("an application credential is left to expire: %s", error.message)

    def _known(self) -> list[dict[str, Any]]:
        """The caller's credentials that end clusters, the newest last."""
        begun, self._begun = self._begun, None
        path = f"{self._base}/application_credentials"
        answer = begun.result() if begun else self._ask("GET", path)
        with cloud_errors("identity"):
            entries = read_entries(answer, "application_credentials")
        found = [
            one
            for one in entries
            if one["name"].startswith(stack_name(""))
            and one.get("project_id") == self._login.project_id
        ]
        return sorted(found, key=lambda one: _seconds(one) or 0)

    def _remove(self, one: Mapping[str, Any]) -> None:
        """A credential, and its access rules, which Keystone keeps for their user otherwise."""
        gone = [f"{self._base}/application_credentials/{one['id']}"]
        gone += [f"{self._base}/access_rules/{r['id']}" for r in one.get("access_rules") or ()]
        for path in gone:
            try:
                self._ask("DELETE", path)
            except (NotInCloud, Forbidden, Conflict) as error:
                LOG.debug("%s stays: %s", path, error.message)

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        with cloud_errors("identity"):
            answer = self._login.session.request(
                f"{auth_url(self._login)}{path}",
                method,
                json=body,
                log=False,  # a secret is in it
                headers={"Accept": "application/json"},
            )
            return answer.json() if answer.content else {}


def _is_for(one: Mapping[str, Any], cluster_id: str) -> bool:
    name = stack_name(cluster_id)
    return bool(one["name"] == name or str(one["name"]).startswith(f"{name}_"))


def _seconds(one: Mapping[str, Any]) -> float | None:
    """When a credential expires; None for never."""
    try:
        return read_time(str(one.get("expires_at"))).timestamp()
    except Malformed:
        return None


def auth_url(login: Login) -> str:
    """Keystone's endpoint, with its version."""
    url = str(getattr(login.session.auth, "auth_url", "")).rstrip("/")
    return url if url.endswith("/v3") else f"{url}/v3"


def heat_endpoint(login: Login) -> str:
    """Heat's endpoint for the project, as nodes and users reach it.

    Raises:
        DiscoError: the catalogue has none.
    """
    with cloud_errors(ORCHESTRATION):
        return service_url(public_login(login, ORCHESTRATION), ORCHESTRATION)
