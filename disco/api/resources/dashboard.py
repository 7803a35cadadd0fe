"""``/dashboard/``: the web page, files that the browser runs; nothing is made here.

The files are read once. Their headers allow the page nothing but itself: no code and
no style that is not one of these files, no other host, no frame around it, and no form
that the browser would send by itself, with a password in it. There are no cookies, so
that no other page can act in a user's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import falcon

from disco.errors import NotFound

PATH = "/dashboard/"
INDEX = "index.html"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True)
class _File:
    content_type: str
    data: bytes


class Dashboard:
    """The files of a folder, by name; it has no subfolders."""

    def __init__(self, folder: Path) -> None:
        self._files = {
            path.name: _File(TYPES[path.suffix], path.read_bytes())
            for path in sorted(folder.iterdir())
            if path.suffix in TYPES
        }

    def on_get(self, _: falcon.Request, response: falcon.Response, name: str | None = None) -> None:
        """One file; the page itself where none is named."""
        file = self._files.get(name or INDEX)
        if file is None:
            raise NotFound(f'The dashboard has no file "{(name or INDEX)[:64]}".', hint=PATH)
        response.content_type = file.content_type
        response.data = file.data
        response.set_headers(HEADERS)

    on_head = on_get
