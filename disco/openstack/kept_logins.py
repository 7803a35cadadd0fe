"""Logins that are used again for a while, under a keyed hash of what they were opened with."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import threading
import time
from dataclasses import fields
from typing import Generic, Protocol, TypeVar

from cachetools import TLRUCache, TTLCache

from disco.openstack.credentials import Credentials

#: at most; the least used go first
MOST = 256
#: seconds for which a log-in may be under way
_LONGEST_S = 300.0


class Expiring(Protocol):
    """What has an end, in seconds since the epoch."""

    @property
    def expires(self) -> float:
        """When it ends."""


T = TypeVar("T", bound=Expiring)


class KeptLogins(Generic[T]):
    """Safe for threads; knows nothing of other processes."""

    def __init__(self, keep: float, margin: float) -> None:
        """Each is kept for ``keep`` seconds, and never in the last ``margin`` before its end."""
        self._secret = secrets.token_bytes(32)
        self._kept: TLRUCache[bytes, tuple[T, bytes]] = TLRUCache(
            MOST,
            ttu=lambda _, kept, now: min(kept[0].expires - margin, now + keep),
            timer=time.time,
        )
        #: tokens that were taken back: who had begun to log in with one must not keep that
        self._gone: TTLCache[bytes, bool] = TTLCache(MOST, max(keep, _LONGEST_S), timer=time.time)
        self._lock = threading.Lock()

    def key(self, credentials: Credentials) -> bytes:
        """What stands for the credentials in this process."""
        # JSON tells None from "None", and one value from two
        values = [getattr(credentials, field.name) for field in fields(credentials)]
        return self._hash(json.dumps(values))

    def get(self, key: bytes) -> T | None:
        """The login that was opened with these credentials, if it is kept."""
        with self._lock:
            kept = self._kept.get(key)
        return kept[0] if kept else None

    def keep(self, key: bytes, login: T, token: str | None) -> None:
        """Use it again; ``token`` is the one that it was opened with, if any."""
        of = self._hash(token or "")
        with self._lock:
            if of not in self._gone:
                self._kept[key] = login, of

    def forget(self, key: bytes) -> None:
        """Open the next one anew."""
        with self._lock:
            self._kept.pop(key, None)

    def forget_token(self, token: str) -> None:
        """Forget all that was opened with a token, for whatever project or region.

        What is being opened with it now is not kept.
        """
        if not token:  # that is what passwords are kept with
            return
        gone = self._hash(token)
        with self._lock:
            self._gone[gone] = True
            for key in [key for key, (_, of) in self._kept.items() if of == gone]:
                del self._kept[key]

    def _hash(self, text: str) -> bytes:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).digest()
