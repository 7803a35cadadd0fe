"""HTTP to the service: credentials, endpoint, and answers as values or errors."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from keystoneauth1 import exceptions
from keystoneauth1 import session as keystone_session

from disco import __version__
from disco.client.errors import NotAuthenticated, error_of
from disco.client.session_errors import keystone_error, service_error

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


class Transport:
    """Requests to one service in the name of one session.

    The session gives the token (again when it has grown old), the trusted
    certificates and the proxies. Nothing of a request or answer is logged, because
    tokens, passwords and private keys are in them.
    """

    def __init__(
        self, session: keystone_session.Session, endpoint: str | None, region: str | None
    ) -> None:
        self._session = session
        self._region = region
        self._endpoint = endpoint or os.environ.get(ENVIRONMENT) or None
        self._collection: str | None = None

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
    ) -> tuple[Any, Mapping[str, str]]:
        """One request; the JSON of the answer, or None, and the answer's headers.

        ``anonymous`` requests carry no credentials.

        Raises:
            DiscoClientError: the answer is an error, or there was none.
        """
        identity = {} if anonymous else self._identity()
        sent = {"Accept": ACCEPT, **identity, **(headers or {})}
        if body is not None:
            sent["Content-Type"] = JSON
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
                user_agent=f"disco-client/{__version__} OCCI/1.2",
            )
        except exceptions.ClientException as error:
            raise service_error(error, self.base) from error
        data = _json(answer)
        if answer.status_code >= 300:
            media_type = str(answer.headers.get("Content-Type", "")).partition(";")[0]
            raise error_of(answer.status_code, data, self.base, media_type)
        return data, answer.headers

    def _identity(self) -> dict[str, str]:
        try:
            project = self._session.get_project_id()
        except exceptions.ClientException as error:
            raise keystone_error(error, self._auth_url(), self._region) from error
        if not project:
            raise NotAuthenticated(
                "The credentials name no project.",
                hint="Set OS_PROJECT_NAME, or give --os-project-name.",
            )
        # its id, which needs no domain beside it
        identity = {"X-Tenant-Name": project}
        return {**identity, "X-Region-Name": self._region} if self._region else identity

    def _auth_url(self) -> str | None:
        url = getattr(self._session.auth, "auth_url", None)
        return url if isinstance(url, str) else None

    def _from_catalogue(self) -> str | None:
        try:
            url: str | None = self._session.get_endpoint(
                service_type=SERVICE_TYPE, interface="public", region_name=self._region
            )
        except exceptions.CatalogException:
            return None
        except exceptions.ClientException as error:
            raise keystone_error(error, self._auth_url(), self._region) from error
        return url


def as_collection(endpoint: str) -> str:
    """The URL of the collection of clusters.

    Args:
        endpoint: that URL, as the catalogue has it, or the service's, as people write it.
    """
    url = endpoint.rstrip("/")
    return f"{url}/" if url.endswith(COLLECTION.rstrip("/")) else f"{url}{COLLECTION}"


def _json(answer: Any) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
