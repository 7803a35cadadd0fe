"""Tokens that are asked for, or checked, once for all services of this process.

As packaged, Heat logs its own two accounts in anew for each stack, and each service has every
token checked for itself: a quarter of what a cluster costs Keystone. This replaces the properties
by which Heat logs in. The cache of checked tokens replaces nothing: ``auth_token`` middleware
takes one from the request.
"""

from __future__ import annotations

import threading
from time import monotonic
from typing import Any

REPLACED = (
    "heat.engine.clients.os.keystone.heat_keystoneclient:KsClientWrapper.domain_admin_auth",
    "heat.common.context:RequestContext.trusts_auth_plugin",
)
USED: tuple[str, ...] = ()
READ_FOR = {"openstack-heat": "27.0.1", "keystonemiddleware": "13.0.1"}

#: where keystonemiddleware finds the cache in a request: ``[keystone_authtoken] cache``
CACHE_KEY = "disco.tokens"


class TokenCache:
    """Keystone's answers about tokens, with memcached's interface, for ``auth_token``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, bytes]] = {}

    def get(self, key: str) -> bytes | None:
        """The value of ``key``; None when it has expired."""
        until, value = self._known.get(key, (0.0, b""))
        return value if monotonic() < until else None

    def set(self, key: str, value: bytes, time: int) -> None:
        """Keep ``value`` for ``time`` seconds."""
        now = monotonic()
        with self._lock:
            # the oldest come first, and all are kept for as long
            for old in list(self._known):
                if self._known[old][0] > now:
                    break
                del self._known[old]
            self._known.pop(key, None)
            self._known[key] = (now + time, value)


def with_token_cache(application: Any) -> Any:
    """``application`` with one cache for all services in it."""
    cache = TokenCache()

    def serve(environ: dict[str, Any], start: Any) -> Any:
        environ[CACHE_KEY] = cache
        return application(environ, start)

    return serve


def apply() -> None:
    """Let Heat's engine log in its domain administrator and its trustee once.

    A login of keystoneauth1 asks for another token when its own expires or is refused. The login
    that is bound to a stack's trust stays the stack's.
    """
    from heat.common.context import RequestContext
    from heat.engine.clients.os.keystone.heat_keystoneclient import KsClientWrapper

    kept: dict[str, Any] = {}
    log_administrator_in = KsClientWrapper.domain_admin_auth.fget
    log_trustee_in = RequestContext.trusts_auth_plugin.fget

    def administrator(client: Any) -> Any:
        if "administrator" not in kept:
            kept["administrator"] = log_administrator_in(client)
        return kept["administrator"]

    def trustee(context: Any) -> Any:
        if context.trust_id:
            return log_trustee_in(context)
        if "trustee" not in kept:
            kept["trustee"] = log_trustee_in(context)
        return kept["trustee"]

    KsClientWrapper.domain_admin_auth = property(administrator)
    RequestContext.trusts_auth_plugin = property(trustee)
