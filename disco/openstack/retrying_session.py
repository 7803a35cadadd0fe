"""A keystoneauth session that repeats harmless calls, counts all and tells the request's id."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from keystoneauth1 import exceptions, session

from disco import metrics
from disco.request_id import HEADER as REQUEST_ID_HEADER
from disco.request_id import current as current_request_id

LOG = logging.getLogger(__name__)


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
    what was not answered in time.
    """

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
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
        """
        if request_id := current_request_id():
            sent = dict(more.get("headers") or {})
            more["headers"] = {REQUEST_ID_HEADER: request_id, **sent}
        service = self._service_of(url, more.get("endpoint_filter"))
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
        found = max((a for a in self._services if url.startswith(a)), key=len, default=None)
        if found is not None:
            return self._services[found]
        return "identity" if "/auth/tokens" in url or url.rstrip("/").endswith("/v3") else "other"
