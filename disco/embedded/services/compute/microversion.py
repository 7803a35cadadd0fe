"""The version of Nova's API that a client speaks."""

from __future__ import annotations

import falcon

#: new enough that key pairs need a public key, as on current clouds (2.92)
MAX_VERSION = "2.96"


def microversion(request: falcon.Request) -> tuple[int, int]:
    """Major and minor version; 2.1 when the request names none."""
    asked = request.get_header("OpenStack-API-Version") or ""
    text = asked.removeprefix("compute ") or request.get_header("X-OpenStack-Nova-API-Version")
    if not text:
        return (2, 1)
    if text == "latest":
        text = MAX_VERSION
    major, _, minor = text.partition(".")
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else (2, 1)
