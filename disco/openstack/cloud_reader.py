"""Reads answers of the cloud's services: whole lists, in the form that they must have.

It asks with the caller's session, in the region and interface of its login.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keystoneauth1 import exceptions

from disco.openstack.answers import Form, read_entries, read_object
from disco.openstack.endpoints import page_url, service_url
from disco.openstack.errors import cloud_errors
from disco.openstack.retrying_session import NotUnderstood
from disco.openstack.session import Login

#: seconds for a list where calls have no time-out
_LIST_S = 60.0
#: of Nova: all flavors
FLAVORS = "/flavors/detail"


@dataclass
class CloudReader:
    """Questions to the services of one project."""

    login: Login

    def get(self, service: str, path: str, **query: object) -> Any:
        """One answer of a service, as the caller sees it.

        Raises:
            CloudError: and its relatives, when the service refuses or fails.
        """
        with cloud_errors(service):
            url = service_url(self.login, service) + path
            return self.login.session.get(url, params=query, headers=_version(path)).json()

    def get_object(
        self, service: str, path: str, key: str, form: Form | None = None
    ) -> dict[str, Any]:
        """The object ``key`` of an answer.

        Raises:
            CloudError: and its relatives; also where it has another form.
        """
        answer = self.get(service, path)
        with cloud_errors(service):
            return read_object(answer[key], form or {}, key)

    def pages(self, service: str, path: str, key: str, **query: object) -> list[dict[str, Any]]:
        """All entries of a list, page by page; each has the form of `disco.openstack.answers`.

        All of its pages together have twice the time of a call.

        Raises:
            CloudError: and its relatives, when the service refuses or fails.
        """
        with cloud_errors(service):
            url = service_url(self.login, service) + path
            deadline = time.monotonic() + 2 * (self.login.session.timeout or _LIST_S)
            answer = self.login.session.get(url, params=query, headers=_version(path)).json()
            entries = read_entries(answer, key)
            known: set[str] = set()
            while link := _next_link(answer, key):
                if link in known:
                    raise NotUnderstood(f"{key} is a list whose pages lead back to one another")
                known.add(link)
                if time.monotonic() > deadline:
                    raise exceptions.ConnectTimeout()
                page = page_url(url, link)
                answer = self.login.session.get(page, headers=_version(path)).json()
                entries += read_entries(answer, key)
            return entries

    def post(self, service: str, path: str, body: Mapping[str, Any]) -> Any:
        """The answer to a question that a service wants as POST.

        Raises:
            CloudError: and its relatives, when the service refuses or fails.
        """
        with cloud_errors(service):
            url = service_url(self.login, service) + path
            return self.login.session.post(url, json=body).json()


def _version(path: str) -> dict[str, str]:
    """From 2.61 (Rocky) on Nova's list of flavors has their extra specs; an older one says less."""
    return {"OpenStack-API-Version": "compute latest"} if path == FLAVORS else {}


def _next_link(answer: Mapping[str, Any], key: str) -> str | None:
    """Glance says ``next``; Nova and Neutron give links with a rel."""
    if isinstance(answer.get("next"), str):
        return str(answer["next"])
    for link in answer.get(f"{key}_links") or ():
        if link.get("rel") == "next":
            return str(link["href"])
    return None
