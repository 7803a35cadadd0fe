"""Reads answers of the cloud's services: whole lists, in the form that they must have.

It asks with the caller's session, in the region and interface of its login.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from keystoneauth1 import exceptions

from disco.openstack.answers import Form, read_entries, read_object
from disco.openstack.endpoints import is_found, page_url, service_url
from disco.openstack.errors import cloud_errors
from disco.openstack.retrying_session import NotUnderstood
from disco.openstack.session import Login
from disco.openstack.side_by_side import Begun

#: seconds for a list where calls have no time-out
_LIST_S = 60.0
#: of Nova: all flavors
FLAVORS = "/flavors/detail"
#: service, path, key of a list's entries, and query
_Question = tuple[str, str, str | None, tuple[tuple[str, str], ...]]


@dataclass
class CloudReader:
    """Questions to the services of one project."""

    login: Login
    _begun: dict[_Question, Begun[Any]] = field(default_factory=dict, init=False, repr=False)

    def begin(
        self,
        service: str,
        path: str,
        key: str | None = None,
        unless: Callable[[], bool] = bool,
        **query: object,
    ) -> Begun[Any] | None:
        """Ask already now, beside other questions, what will be asked for: it waits then.

        Args:
            service: which is asked.
            path: of the question.
            key: of the entries, where it is a list.
            unless: whether it is not needed, which is known a little later.
            **query: of the question.

        Returns:
            None where it is not asked ahead, for a service that is to be found first.
        """
        question = _question(service, path, key, query)
        known = self._begun.get(question)
        if known is None and is_found(self.login, service):
            # not of this reader, which has the step: the two would keep the session open
            reader = CloudReader(self.login)
            step: Callable[[], Any] = partial(reader._get, service, path, query)
            if key is not None:
                step = partial(reader._pages, service, path, key, query)
            known = self._begun[question] = Begun(step, unless)
        return known

    def get(self, service: str, path: str, **query: object) -> Any:
        """One answer of a service, as the caller sees it.

        Raises:
            CloudError: and its relatives, when the service refuses or fails.
        """
        begun = self._begun.get(_question(service, path, None, query))
        return begun.result() if begun else self._get(service, path, query)

    def _get(self, service: str, path: str, query: Mapping[str, object]) -> Any:
        with cloud_errors(service):
            url = service_url(self.login, service) + path
            return self.login.session.get(url, params=dict(query), headers=_version(path)).json()

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
        begun = self._begun.get(_question(service, path, key, query))
        return list(begun.result() if begun else self._pages(service, path, key, query))

    def _pages(
        self, service: str, path: str, key: str, query: Mapping[str, object]
    ) -> list[dict[str, Any]]:
        with cloud_errors(service):
            url = service_url(self.login, service) + path
            deadline = time.monotonic() + 2 * (self.login.session.timeout or _LIST_S)
            answer = self.login.session.get(url, params=dict(query), headers=_version(path)).json()
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


def _question(service: str, path: str, key: str | None, query: Mapping[str, object]) -> _Question:
    return service, path, key, tuple(sorted((name, str(its)) for name, its in query.items()))


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
