"""The id of the request that this thread answers: in logs, in errors and in calls to the cloud.

It has OpenStack's form, ``req-`` and a UUID, because the services of the cloud write only such
an id of a caller's into their own logs.
"""

from __future__ import annotations

import re
import uuid
from contextvars import ContextVar

#: of requests to DISCO, and of its requests to the cloud
HEADER = "X-Openstack-Request-Id"
_FORM = re.compile(r"req-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_CURRENT: ContextVar[str | None] = ContextVar("request_id", default=None)


def begin(sent: str | None) -> str:
    """Take the caller's id if it has the form, or make one; it holds until the next request."""
    request_id = sent if sent and _FORM.fullmatch(sent) else f"req-{uuid.uuid4()}"
    _CURRENT.set(request_id)
    return request_id


def current() -> str | None:
    """The id of this thread's request; None outside of one."""
    return _CURRENT.get()
