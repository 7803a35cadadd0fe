"""The embedded cloud behind a proxy that makes it another one, and DISCO before that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from disco.clusters.preview import NO_FRAMEWORK
from tests.support.cloud_proxy import Change, CloudProxy, change_json
from tests.support.service import KIND, Caller, join

HEAT = "icclab.disco.components.heat."


@dataclass
class Bent:
    """The proxy, and the user of the project ``demo`` before it."""

    proxy: CloudProxy
    base: str
    headers: dict[str, str] = field(repr=False)
    #: gives a new token: DISCO keeps a session, and with it its catalogue, for a minute
    token: Callable[[], str] = field(repr=False)

    @property
    def alice(self) -> Caller:
        return Caller(self.base, dict(self.headers))

    def anew(self) -> Caller:
        """The user with credentials that DISCO has not seen, so that it asks Keystone."""
        without = ("X-User-Name", "X-Password")
        headers = {k: v for k, v in self.headers.items() if k not in without}
        return Caller(self.base, {**headers, "X-Auth-Token": self.token()})


def preview(caller: Caller, wanted: dict[str, str]) -> requests.Response:
    """The answer to a preview."""
    headers = {"Content-type": "text/occi", "Category": KIND, "X-OCCI-Attribute": join(wanted)}
    headers["Accept"] = "application/json"
    return caller.request("POST", "/disco/?action=preview", headers=headers)


def previewed(caller: Caller, wanted: dict[str, str]) -> dict[str, Any]:
    """A preview that there is; that it has no framework is what its tests mean it to have."""
    answer = preview(caller, wanted)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    found["warnings"] = [w for w in found["warnings"] if not w.startswith(NO_FRAMEWORK)]
    return found


def faults_of(answer: requests.Response) -> dict[str, dict[str, str]]:
    """The faults of a request that was refused, by property."""
    assert answer.status_code == 400, answer.text
    return {f["attribute"].removeprefix(HEAT): f for f in answer.json()["faults"]}


def without_disk(*names: str) -> Change:
    """A change of Nova's list: these flavors have no disk."""
    return change_each("flavors", lambda f: f.update(disk=0) if f["name"] in names else None)


def change_each(key: str, change: Callable[[dict[str, Any]], object]) -> Change:
    """A change of each entry of a list."""

    def changed(said: Any) -> Any:
        for entry in said.get(key, ()):
            change(entry)
        return said

    return change_json(changed)
