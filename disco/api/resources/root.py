"""``/``: the collection for OCCI's clients, and for a browser the way to the dashboard."""

from __future__ import annotations

import falcon

from disco.api.http.occi import LIST_TYPES, choose
from disco.api.resources.collection import Collection
from disco.errors import NotAcceptable
from disco.occi.media import HTML

#: relative, so that a proxy may have the service below a path of its own
_DASHBOARD = "dashboard/"
#: what every client of the collection sends one of, and no browser by itself
_CREDENTIALS = ("X-Auth-Token", "X-User-Name", "X-Tenant-Name", "X-Application-Credential-Id")


class Root(Collection):
    """The collection's members under its shortest address, and the address that people type."""

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """The caller's clusters; who sends no credentials and prefers HTML is led on.

        Raises:
            HTTPFound: with the dashboard's address.
        """
        response.append_header("Vary", "Accept")
        if is_browser(request):
            raise falcon.HTTPFound(_DASHBOARD, headers={"Vary": "Accept"})
        super().on_get(request, response)

    on_head = on_get


def is_browser(request: falcon.Request) -> bool:
    """Whether a person looks, without whose log-in there is nothing else to answer but 401."""
    if any(request.get_header(name) for name in _CREDENTIALS):
        return False
    try:
        return choose(request, LIST_TYPES) == HTML
    except NotAcceptable:
        return False
