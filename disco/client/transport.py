"""HTTP to the service: credentials, endpoint, and answers as values or errors."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from keystoneauth1 import exceptions
from keystoneauth1 import session as keystone_session

from disco import __version__
from disco.client.deadline import DeadlineAdapter, TimeLimit, time_limit
from disco.client.errors import InvalidAnswer, NotAuthenticated, Unreachable, error_of
from disco.client.plugin_lock import never_wait_for_itself
from disco.client.session_errors import keystone_errors, service_error
from disco.connection_failure import connection_failure
from disco.untrusted import Malformed, read_json

#: type under which a DISCO registers itself in Keystone's catalogue
SERVICE_TYPE = "http://schemas.cloudcomplab.ch/occi/sm#disco"
DEFAULT_ENDPOINT = "http://127.0.0.1:8888"
ENVIRONMENT = "DISCO"
COLLECTION = "/disco/"
JSON = "application/occi+json; version=1.2"
#: events, nodes and previews are plain JSON
ACCEPT = f"{JSON}, application/json"
#: seconds without a byte of an answer; a create asks the cloud many questions
REQUEST_TIMEOUT = 120
#: seconds for a request as a whole, with Keystone's part
REQUEST_SECONDS = 300.0
#: seconds for all that is asked of Keystone for one token
KEYSTONE_SECONDS = 120.0
#: of an answer: bytes, nesting, values; a preview has the scripts of all nodes
MAX_BYTES, MAX_DEPTH, MAX_VALUES = 64 << 20, 64, 2_000_000


class Transport:
    """Requests to one service in the name of one session.

    The session gives the token (again when it has grown old), the trusted
    certificates and the proxies. Nothing of a request or answer is logged, because
    tokens, passwords and private keys are in them.
    """

    def __init__(
        self,
        session: keystone_session.Session,
        endpoint: str | None,
        region: str | None,
        interface: str | None = None,
    ) -> None:
        self._session = session
        self._region = region
        wanted = interface or os.environ.get("OS_INTERFACE") or "public"
        self._interface = wanted.removesuffix("URL")  # as older tools write it
        self._prepared = False
        self._endpoint = endpoint or os.environ.get(ENVIRONMENT) or None
        self._collection: str | None = None
        self._mounted = False

    @property
    def collection(self) -> str:
        """URL of the clusters: as given, else from $DISCO, the catalogue, or this machine's.

        Raises:
            DiscoClientError: Keystone could not be asked.
        """
        if self._collection is None:
            endpoint = self._endpoint or self._from_catalogue() or DEFAULT_ENDPOINT
            self._collection = as_collection(endpoint)
        return self._collection

    @property
    def base(self) -> str:
        """URL of the service itself, without a slash at its end."""
        return self.collection.rstrip("/").rpartition("/")[0]

    def request(
        self,
        method: str,
        url: str,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        timeout: float = REQUEST_TIMEOUT,
        anonymous: bool = False,
        seconds: float = REQUEST_SECONDS,
    ) -> tuple[Any, Mapping[str, str]]:
        """One request; the JSON of the answer, or None, and the answer's headers.

        ``anonymous`` requests carry no credentials. ``timeout`` is for each piece of the
        answer, ``seconds`` for all of it.

        Raises:
            DiscoClientError: the answer is an error, or there was none in time.
            InvalidAnswer: it is larger or deeper than any of DISCO's.
        """
        identity = {} if anonymous else self._identity()
        sent = {"Accept": ACCEPT, **identity, **(headers or {})}
        if body is not None:
            sent["Content-Type"] = JSON
        self._mount()
        with time_limit(seconds) as limit:
            try:
                answer = self._session.request(
                    url,
                    method,
                    json=body,
                    headers=sent,
                    params=dict(params or {}),
                    authenticated=not anonymous,
                    raise_exc=False,
                    redirect=False,  # a token goes where it was sent, and no further
                    log=False,
                    timeout=timeout,
                    stream=True,
                    user_agent=f"disco-client/{__version__} OCCI/1.2",
                )
            except (exceptions.ClientException, OSError, ValueError) as error:
                self._check_time(limit, seconds)
                raise service_error(error, self.base) from error
            with answer:
                data = self._content(answer, limit, seconds)
        if answer.status_code >= 300:
            media_type = str(answer.headers.get("Content-Type", "")).partition(";")[0]
            later = str(answer.headers.get("Retry-After", ""))
            raise error_of(answer.status_code, data, self.base, media_type, later)
        return data, answer.headers

    def _mount(self) -> None:
        """Make the session's connections to the service such that a time limit ends them."""
        if not self._mounted:
            self._session.mount(f"{self.base}/", DeadlineAdapter())
            self._mounted = True

    def _content(self, answer: requests.Response, limit: TimeLimit, seconds: float) -> Any:
        """The JSON of an answer; None where it is something else."""
        body = bytearray()
        try:
            for piece in answer.iter_content(1 << 16):
                body += piece
                self._check_time(limit, seconds)
                if len(body) > MAX_BYTES:
                    raise InvalidAnswer(
                        f"{self.base} answered with more than {MAX_BYTES >> 20} MiB.", hint=None
                    )
        except requests.RequestException as error:
            self._check_time(limit, seconds)
            reason = connection_failure(error)
            raise Unreachable(f"The answer of {self.base} is not complete ({reason}).") from error
        self._check_time(limit, seconds)
        try:
            return read_json(
                bytes(body), max_bytes=MAX_BYTES, max_depth=MAX_DEPTH, max_values=MAX_VALUES
            )
        except Malformed as error:
            media_type = str(answer.headers.get("Content-Type", "")).partition(";")[0]
            if answer.status_code >= 300 or "json" not in media_type:
                return None
            raise InvalidAnswer(
                f"The answer of {self.base} cannot be read: {error}.", hint=None
            ) from error

    def _check_time(self, limit: TimeLimit, seconds: float) -> None:
        if limit.over:
            raise Unreachable(f"DISCO at {self.base} did not answer within {seconds:g} s.")

    def _identity(self) -> dict[str, str]:
        with self._asking_keystone():
            project = self._session.get_project_id()
        if not project:
            raise NotAuthenticated(
                "The credentials name no project.",
                hint="Set OS_PROJECT_NAME, or give --os-project-name.",
            )
        # its id, which needs no domain beside it
        identity = {"X-Tenant-Name": project}
        if self._region:
            # UTF-8, as the service reads it; HTTP's library sends latin-1 alone
            identity["X-Region-Name"] = self._region.encode(errors="replace").decode("latin-1")
        return identity

    def _auth_url(self) -> str | None:
        url = getattr(self._session.auth, "auth_url", None)
        return url if isinstance(url, str) else None

    @contextlib.contextmanager
    def _asking_keystone(self) -> Iterator[None]:
        """Within it Keystone may be asked: for so long, and with the errors of this library."""
        url = self._auth_url()
        with keystone_errors(url, self._region), time_limit(KEYSTONE_SECONDS) as limit:
            if not self._prepared:
                self._prepared = True
                never_wait_for_itself(self._session.auth)
                parts = urlsplit(url or "")
                if parts.scheme in ("http", "https"):
                    self._session.mount(f"{parts.scheme}://{parts.netloc}/", DeadlineAdapter())
            try:
                yield
            except Exception as error:
                if limit.over:
                    words = f"Keystone at {url} did not answer within {KEYSTONE_SECONDS:g} s."
                    raise Unreachable(words) from error
                raise

    def _from_catalogue(self) -> str | None:
        with self._asking_keystone():
            try:
                url: str | None = self._session.get_endpoint(
                    service_type=SERVICE_TYPE, interface=self._interface, region_name=self._region
                )
            except exceptions.CatalogException:
                return None
        return url


def as_collection(endpoint: str) -> str:
    """The URL of the collection of clusters.

    Args:
        endpoint: that URL, as the catalogue has it, or the service's, as people write it.
    """
    url = endpoint.rstrip("/")
    return f"{url}/" if url.endswith(COLLECTION.rstrip("/")) else f"{url}{COLLECTION}"
