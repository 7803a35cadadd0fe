"""A keystoneauth session for a cloud that may be slow, broken, or say where else to go.

It repeats harmless calls, bounds each, counts all, and follows no address to another host.
"""

from __future__ import annotations

import logging
import os
import weakref
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from keystoneauth1 import access, exceptions, session
from requests import sessions
from requests.utils import get_environ_proxies

from disco import metrics
from disco.openstack.bounded_adapter import BoundedAdapter
from disco.request_id import HEADER as REQUEST_ID_HEADER
from disco.request_id import current as current_request_id
from disco.untrusted import one_line

LOG = logging.getLogger(__name__)

#: redirects in a row that are followed on the same host
_MAX_REDIRECTS = 3
_REDIRECTS = frozenset((301, 302, 303, 305, 307, 308))
#: what a service, or a proxy before it, says when it is to be asked later
_LATER = frozenset((429, 503))
#: of a call whose address says nothing
_UNKNOWN = "other"
#: what the environment says of proxies and of certificate authorities
_OF_PROXIES = tuple(
    form(f"{of}_proxy") for of in ("http", "https", "all", "no") for form in (str.lower, str.upper)
)
_OF_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_merged: Callable[[Any, Any], Any] = sessions.merge_setting
_DEFAULT_PORTS = {"http": 80, "https": 443}
Origin = tuple[str, str, int | None]


class UntrustedAddress(exceptions.ClientException):
    """An address from an answer leads elsewhere than the catalogue; it is not followed."""


class NotUnderstood(exceptions.ClientException):
    """A service's answer has another form than its interface gives it."""


class NotJson(NotUnderstood):
    """A service's answer is a page, or anything else but JSON."""


def close_with(owner: object, opened: session.Session) -> None:
    """Close a session's connections when nobody has ``owner`` any more.

    heatclient's objects refer to each other and to the session: without this its connections
    would stay until garbage is looked for, which an idle process does not do.
    """
    weakref.finalize(owner, opened.session.close).atexit = False


class RetryingSession(session.Session):
    """A session that asks once more where a connection broke and that does no harm.

    Servers and load balancers close idle connections, also while a request is on its way.
    keystoneauth's own ``connect_retries`` would also repeat what changes something, and
    what was not answered in time. An error of a call has the service that failed as its
    ``service``: a call to one service may first ask another for a token.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        more.setdefault("session", _Connections())
        super().__init__(*args, **more)
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, BoundedAdapter())
        #: services by the addresses that the catalogue has for them
        self._services: dict[str, str] = {}

    def get_endpoint(self, auth: Any = None, **wanted: Any) -> Any:
        """As keystoneauth's; remembers which service the address is of."""
        address = super().get_endpoint(auth, **wanted)
        if address:
            self._services[str(address).rstrip("/")] = str(wanted.get("service_type"))
        return address

    def request(self, url: str, method: str, *args: Any, **more: Any) -> Any:
        """As keystoneauth's; a read, or a request for a token, is sent twice if need be.

        The call is counted, and carries the id of the request that it is made for.

        Raises:
            UntrustedAddress: a token would go to a host that the catalogue does not have, or
                the service redirects to another.
            NotJson: a change was answered with something that is not JSON.
            HttpError: also where the caller does not want one, for 429 and 503.
        """
        if request_id := current_request_id():
            sent = dict(more.get("headers") or {})
            more["headers"] = {REQUEST_ID_HEADER: request_id, **sent}
        service = self._service_of(url, more.get("endpoint_filter"))
        try:
            self._check_host(url, more)
            answer = self._repeated(service, url, method, *args, **more)
            for _ in range(_MAX_REDIRECTS):
                if answer.status_code not in _REDIRECTS:
                    break
                url = _redirected(answer)
                more.pop("params", None)
                answer = self._repeated(service, url, method, *args, **more)
            _check(answer, method, url)
        except exceptions.ClientException as error:
            if service != _UNKNOWN and not hasattr(error, "service"):
                error.service = service  # type: ignore[attr-defined]
            raise
        return answer

    def _repeated(self, service: str, url: str, method: str, *args: Any, **more: Any) -> Any:
        more["redirect"] = False
        try:
            return self._counted(service, url, method, *args, **more)
        except exceptions.ConnectFailure:
            for_token = method == "POST" and urlsplit(url).path.endswith("/auth/tokens")
            if method not in ("GET", "HEAD") and not for_token:
                raise
            LOG.info("no answer to a %s; asked once more", method)
        return self._counted(service, url, method, *args, **more)

    def _counted(self, service: str, url: str, method: str, *args: Any, **more: Any) -> Any:
        with metrics.cloud_call(service) as outcome:
            try:
                answer = super().request(url, method, *args, **more)
            except exceptions.HttpError as error:
                outcome.append(metrics.outcome_of(error.http_status))
                raise
            except exceptions.CatalogException:
                outcome.append(metrics.NOT_CALLED)
                raise
            outcome.append(metrics.outcome_of(answer.status_code))
            return answer

    def _service_of(self, url: str, wanted: Any) -> str:
        """The service that is called, as the catalogue names its type."""
        if isinstance(wanted, Mapping) and wanted.get("service_type"):
            return str(wanted["service_type"])
        # a copy: questions that are asked side by side look up addresses meanwhile
        known = tuple(self._services)
        found = max((a for a in known if url.startswith(a)), key=len, default=None)
        if found is not None:
            return self._services[found]
        root = str(getattr(self.auth, "auth_url", None) or "-").rstrip("/")
        of_keystone = (
            url.startswith(root) or "/auth/tokens" in url or url.rstrip("/").endswith("/v3")
        )
        return "identity" if of_keystone else _UNKNOWN

    def _check_host(self, url: str, more: Mapping[str, Any]) -> None:
        """Refuse to send a token to a host that neither the settings nor the catalogue name."""
        auth = more.get("auth") or self.auth
        ask = getattr(auth, "get_access", None)
        if ask is None or more.get("authenticated") is False or not urlsplit(url).netloc:
            return
        known = {_origin(str(getattr(auth, "auth_url", "")))}
        if _origin(url) in known:
            return
        known |= _origins_in(ask(self))
        if _origin(url) not in known:
            raise UntrustedAddress(
                f"the address {_host(url)} is not in the catalogue, so no token is sent to it"
            )


class _Connections(requests.Session):
    """Connections that ask the environment for proxies once for each host, not for each call."""

    def merge_environment_settings(
        self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> Any:
        """As the library's, which looks at every variable there is, twice."""
        parts = urlsplit(str(url))
        variables = tuple(os.environ.get(name) for name in _OF_PROXIES)
        found = {**_proxies(f"{parts.scheme}://{parts.netloc}", variables), **(proxies or {})}
        if verify in (True, None):
            bundles = (os.environ.get(name) for name in _OF_CERTIFICATES)
            verify = next(filter(None, bundles), verify)
        return {
            "proxies": _merged(found, self.proxies),
            "stream": _merged(stream, self.stream),
            "verify": _merged(verify, self.verify),
            "cert": _merged(cert, self.cert),
        }


@lru_cache(maxsize=256)
def _proxies(address: str, _variables: tuple[str | None, ...]) -> dict[str, str]:
    """The proxies of an address; cached as long as the environment says the same."""
    return dict(get_environ_proxies(address))


#: origins by the token whose catalogue has them
_ORIGINS: weakref.WeakKeyDictionary[access.AccessInfo, frozenset[Origin]]
_ORIGINS = weakref.WeakKeyDictionary()


def _origins_in(told: Any) -> frozenset[Origin]:
    """Scheme, host and port of each address in a token's catalogue."""
    kept = _ORIGINS.get(told) if isinstance(told, access.AccessInfo) else None
    if kept is not None:
        return kept
    services = getattr(getattr(told, "service_catalog", None), "catalog", None) or ()
    found = frozenset(
        _origin(str(e.get("url"))) for service in services for e in service.get("endpoints") or ()
    )
    if isinstance(told, access.AccessInfo):
        _ORIGINS[told] = found
    return found


def _origin(url: str) -> Origin:
    """Scheme, host and port; what is no address has an origin of its own."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return (url, "", None)
    return (parts.scheme, (parts.hostname or "").lower(), port)


def _redirected(answer: requests.Response) -> str:
    """Where an answer redirects to, on the host that was asked."""
    target = urljoin(answer.url, answer.headers.get("Location") or "//")
    before, after = _origin(answer.url), _origin(target)
    upgraded = (before[0], before[2], after[0], after[2]) == ("http", 80, "https", 443)
    if before[1] != after[1] or (before != after and not upgraded):
        raise UntrustedAddress(
            f"it redirects to another address ({_host(target)}), which is not followed"
        )
    return target


def _host(url: str) -> str:
    """An address' host and port, for people; nothing else of it."""
    _, host, port = _origin(url)
    return one_line(f"{host}:{port}" if host else "none", 300)


def _check(answer: requests.Response, method: str, url: str) -> None:
    """Refuse what no service answers."""
    if answer.status_code in _REDIRECTS:
        raise UntrustedAddress("it redirects again and again")
    if answer.status_code in _LATER:
        raise exceptions.from_response(answer, method, url)
    if method in ("GET", "HEAD") or answer.status_code >= 300 or not answer.content:
        return
    try:
        answer.json()
    except (ValueError, RecursionError) as error:
        raise NotJson("not JSON") from error
