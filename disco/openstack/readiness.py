"""Whether the services answer that every request needs: Keystone and Heat.

Nobody's credentials are needed: Keystone's version document and Heat's list of versions are
public. Heat's address is in the catalogue alone, so it is that of the last session, or the
setting ``heat_uri``; before either it is not known, and not held against the service.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

import requests
from keystoneauth1 import exceptions

from disco.openstack.bounded_adapter import BoundedAdapter
from disco.openstack.session import Login

IDENTITY, ORCHESTRATION = "identity", "orchestration"
#: seconds in which both must answer, and for which an answer holds
ANSWER_S, FRESH_S = 5.0, 5.0
#: what a proxy answers that does not let anybody through, or has no such service
_NO_SERVICE = (404, 429)
#: Heat's address in the catalogue ends in a version and a project; its root needs no token
_VERSION = re.compile(r"/v\d+(\.\d+)?(/.*)?$")


@dataclass(frozen=True)
class ServiceAnswer:
    """What is known of a service.

    Attributes:
        service: type in the catalogue.
        reason: why it does not count as answering, or None.
        answered: of ``time.monotonic``, when it answered last; None for never.
        known: whether its address is known.
    """

    service: str
    reason: str | None
    answered: float | None
    known: bool = True


class Readiness:
    """Asks at most once in some seconds, in one thread, however many want to know."""

    def __init__(self, addresses: Callable[[], dict[str, str]], verify: bool | str) -> None:
        self._addresses = addresses
        self._verify = verify
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._asking = False
        self._asked = float("-inf")
        self._reasons: dict[str, str | None] = {}
        self._answered: dict[str, float] = {}

    def answers(self) -> list[ServiceAnswer]:
        """What Keystone and Heat answered, some seconds ago at most; waits for them if need be."""
        with self._changed:
            now = time.monotonic()
            if not self._asking and now - self._asked >= FRESH_S:
                self._asking, self._asked = True, now
                threading.Thread(target=self._ask, daemon=True, name="readiness").start()
            late = not self._changed.wait_for(
                lambda: not self._asking, max(0.0, self._asked + ANSWER_S - now)
            )
            known = self._addresses()
            return [self._answer(service, service in known, late) for service in _WANTED]

    def _answer(self, service: str, known: bool, late: bool) -> ServiceAnswer:
        reason = self._reasons.get(service)
        if late and service not in self._reasons:
            reason = f"did not answer within {ANSWER_S:g} s"
        return ServiceAnswer(service, reason, self._answered.get(service), known)

    def _ask(self) -> None:
        with self._lock:
            self._reasons.clear()
        try:
            for service, address in self._addresses().items():
                reason = self._reason(address)
                with self._lock:
                    self._reasons[service] = reason
                    if reason is None:
                        self._answered[service] = time.monotonic()
        finally:
            with self._changed:
                self._asking = False
                self._changed.notify_all()

    def _reason(self, address: str) -> str | None:
        """Why the service does not count as answering; None if it does."""
        try:
            with requests.Session() as session:
                # a service that drips its head would hold the thread, and with it all that ask
                session.mount(urljoin(address, "/"), BoundedAdapter())
                with session.get(
                    address, timeout=ANSWER_S / 2, stream=True, allow_redirects=False,
                    verify=self._verify,
                ) as answer:  # fmt: skip
                    status = answer.status_code
        except requests.Timeout:
            return "did not answer in time"
        except requests.exceptions.SSLError:
            return "has a certificate that is not trusted"
        except (requests.RequestException, OSError, ValueError):
            return "cannot be reached"
        if status >= 500 or status in _NO_SERVICE:
            return f"answered with the status {status}"
        return None


_WANTED = (IDENTITY, ORCHESTRATION)


def root_of(address: str) -> str:
    """Where a service lists its versions, from its address in the catalogue."""
    return _VERSION.sub("", address.rstrip("/")) + "/"


class HeatAddress:
    """Heat's root: as configured, or as the catalogue of the last session has it."""

    def __init__(self, configured: str = "") -> None:
        self._fixed = bool(configured)
        self._last: Login | None = None
        #: None while it is not known
        self.root = root_of(configured) if configured else None

    def note(self, login: Login) -> None:
        """Remember it from a session's catalogue, which is at hand; no call is made."""
        if self._fixed or login is self._last:
            return
        self._last = login
        catalogue = getattr(getattr(login.session.auth, "auth_ref", None), "service_catalog", None)
        if catalogue is None:
            return
        with contextlib.suppress(exceptions.CatalogException):
            address = catalogue.url_for(
                service_type=ORCHESTRATION,
                interface=login.interface,
                region_name=login.region,
            )
            if isinstance(address, str) and address.startswith(("http://", "https://")):
                self.root = root_of(address)
