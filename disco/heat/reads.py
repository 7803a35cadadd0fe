"""Questions to Heat, of which some are asked before it is known whether they are needed."""

from __future__ import annotations

from functools import partial
from typing import Any

from heatclient.common.http import USER_AGENT
from heatclient.common.utils import get_response_body
from heatclient.exc import from_response
from heatclient.v1 import client as heat_client

from disco.openstack.endpoints import service_url
from disco.openstack.errors import cloud_errors
from disco.openstack.session import Login
from disco.openstack.side_by_side import Begun

SERVICE = "orchestration"


def open_heat(login: Login) -> Any:
    """Heat's own client, in the login's region.

    Raises:
        CloudError: and its relatives; the catalogue has no Heat.
    """
    with cloud_errors(SERVICE):
        endpoint = service_url(login, SERVICE)
    return heat_client.Client(
        session=login.session, service_type=SERVICE, endpoint_override=endpoint
    )


class HeatReads:
    """The questions of one request. What was asked ahead is answered once, then asked anew."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._begun: dict[str, Begun[Any]] = {}

    def begin(self, path: str) -> None:
        """Ask for what is at a path of Heat's, in a thread of its own."""
        # not a method of this object, which has the step: the two would keep the session open
        self._begun[path] = Begun(partial(ask_heat, self._login, path))

    def clear(self) -> None:
        """What was begun is too old."""
        self._begun.clear()

    def read(self, path: str) -> Any:
        """What is at a path: the JSON, or what heatclient makes of what is none.

        Raises:
            CloudError: and its relatives, when Heat refuses or fails.
        """
        return self.read_with_date(path)[0]

    def read_with_date(self, path: str) -> tuple[Any, str | None]:
        """The same, and the time by Heat's clock, as RFC 9110 writes it."""
        begun = self._begun.pop(path, None)
        answer = begun.result() if begun else ask_heat(self._login, path)
        with cloud_errors(SERVICE):
            return get_response_body(answer), answer.headers.get("Date")


def ask_heat(login: Login, path: str) -> Any:
    """The answer to a question that changes nothing.

    heatclient would ask the same, and read the JSON of each answer once for nobody.

    Raises:
        CloudError: and its relatives, when Heat refuses or fails.
    """
    with cloud_errors(SERVICE):
        answer = login.session.get(
            service_url(login, SERVICE) + path,
            headers={"Accept": "application/json", "Content-Type": "application/json"},
            endpoint_filter={"service_type": SERVICE},
            raise_exc=False,
            user_agent=USER_AGENT,
        )
        if answer.status_code >= 400 or answer.status_code == 300:
            raise from_response(answer)
        return answer
