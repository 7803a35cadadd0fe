"""How the object store checks uploads that are signed piece by piece, as Java's libraries do.

Swift's ``s3token`` has Keystone check a request's signature, and keeps the key's secret in
memcached for the next requests. Only those can check the pieces of their bodies; the first one is
refused with 501. Here each request asks Keystone, so that a key that was deleted is refused at
once, and is handed its own secret.
"""

from __future__ import annotations

import contextlib
from typing import Any

#: where Swift finds memcached in a request
CACHE = "swift.cache"
#: where ``s3api`` has what it read of a request's signature
DETAILS = "s3api.auth_details"
_SECRET = "s3secret/"  # nosec B105  # what names of secrets begin with


class SecretHandover:
    """With memcached's interface: keeps nothing, and gives a secret to the request it is for."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self._environ = environ

    def set(self, key: str, value: Any, **_: object) -> None:
        """Take ``s3token``'s user, project and secret; whatever else is forgotten."""
        if key.startswith(_SECRET):
            *_user, secret = value
            details = self._environ.get(DETAILS) or {}
            with contextlib.suppress(KeyError):
                details["check_signature"](secret)

    def get(self, *_: object, **__: object) -> None:
        """Nothing is known."""

    def delete(self, *_: object, **__: object) -> None:
        """Nothing is kept."""

    def incr(self, *_: object, **__: object) -> int:
        """Count nothing."""
        return 0


def with_secrets(application: Any) -> Any:
    """``application`` whose requests each have their own hand-over."""

    def serve(environ: dict[str, Any], start: Any) -> Any:
        environ[CACHE] = SecretHandover(environ)
        return application(environ, start)

    return serve
