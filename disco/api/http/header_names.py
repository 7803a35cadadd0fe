"""Header names as they are usually written.

HTTP does not care (RFC 9110, 5.1), and Falcon writes them in small letters. People do
care who read or grep what curl prints, and the original wrote them so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Start = Callable[..., Any]
Application = Callable[[dict[str, Any], Start], Iterable[bytes]]

#: where capitals do not just follow each hyphen
SPECIAL = {
    "x-occi-attribute": "X-OCCI-Attribute",
    "x-occi-location": "X-OCCI-Location",
    "www-authenticate": "WWW-Authenticate",
}


def usual(name: str) -> str:
    """Write one header's name as it is usually written."""
    return SPECIAL.get(name.lower()) or "-".join(part.capitalize() for part in name.split("-"))


def with_usual_header_names(application: Application) -> Application:
    """Wrap a WSGI application so that its headers' names are written as usual."""

    def wrapped(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [(usual(name), v) for name, v in headers], *rest)

        return application(environ, start)

    return wrapped
