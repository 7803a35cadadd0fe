"""A way around keystoneauth's lock, which a plug-in that asks for its own token waits for.

Where Keystone's address answers 401 to the question for its versions (that of
``/v3/auth/tokens``, or a proxy that wants a password), keystoneauth asks again with a token,
within its search for that token, and waits for ever.
"""

from __future__ import annotations

import threading
from typing import Any

from keystoneauth1 import exceptions

_MARK = "_disco_never_waits"


def never_wait_for_itself(auth: Any) -> None:
    """Have a plug-in that asks for a token while it gets one raise ``Unauthorized``."""
    get_access = getattr(auth, "get_access", None)
    if get_access is None or getattr(auth, _MARK, False):
        return
    inside = threading.local()

    def guarded(session: Any, **more: Any) -> Any:
        if getattr(inside, "asking", False):
            raise exceptions.Unauthorized("a token is needed to get a token")
        inside.asking = True
        try:
            return get_access(session, **more)
        finally:
            inside.asking = False

    auth.get_access = guarded
    setattr(auth, _MARK, True)
