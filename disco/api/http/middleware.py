"""What every request gets: an id, the OCCI version check, the common headers, one log line."""

from __future__ import annotations

import logging
import time

import falcon

from disco import __version__, request_id
from disco.api.http.occi import LIST_TYPES
from disco.api.http.parking import WAITED
from disco.errors import NotSupported
from disco.occi import VERSION
from disco.untrusted import one_line

LOG = logging.getLogger("disco.access")

SERVER = f"disco/{__version__} OCCI/1.2 OCCI/1.1"
ACCEPTED = ", ".join(LIST_TYPES)
NEWEST = (1, 2)
#: of a number of a version; one of more is newer than any
MAX_DIGITS = 4


class CommonHeaders:
    """``Server``, ``Accept`` and the request's id on every answer; one line in the log."""

    def process_request(self, request: falcon.Request, _: falcon.Response) -> None:
        """Number the request and refuse an OCCI version that is too new (OCCI 1.2 HTTP).

        One that has waited goes on as what it was.
        """
        if (waited := request.env.get(WAITED)) is not None:
            vars(request.context).update(vars(waited.context))
            request_id.begin(request.context.id)
            return
        request.context.id = request_id.begin(request.get_header(request_id.HEADER))
        request.context.started = time.monotonic()
        match = VERSION.search(request.get_header("User-Agent") or "")
        if match and _is_newer(match[1], match[2]):
            raise NotSupported(
                f"{one_line(match[0], 40)} is newer than what this service speaks.",
                hint="OCCI/1.2 or OCCI/1.1",
            )

    def process_response(
        self, request: falcon.Request, response: falcon.Response, _: object, __: bool
    ) -> None:
        """Sign the answer and log it; queries and headers stay out of the log.

        After a 401 the session that it was for is not kept.
        """
        forget = getattr(request.context, "forget", None)
        if forget is not None and str(response.status).startswith("401"):
            forget()
        response.set_header("Server", SERVER)
        response.set_header("Accept", ACCEPTED)
        response.set_header("Cache-Control", "no-store")
        own_id = getattr(request.context, "id", "-")
        response.set_header("X-Request-Id", own_id)
        response.set_header(request_id.HEADER, own_id)
        started = getattr(request.context, "started", time.monotonic())
        LOG.info(
            "%s %s %s %s %.3f s",
            own_id,
            request.method,
            request.path.encode("unicode_escape").decode(),
            str(response.status)[:3],
            time.monotonic() - started,
            extra={
                "method": request.method,
                "path": request.path,
                "status": int(str(response.status)[:3]),
                "seconds": round(time.monotonic() - started, 3),
            },
        )


def _is_newer(major: str, minor: str) -> bool:
    """Whether a version is newer than this service's."""
    parts = [text.lstrip("0") or "0" for text in (major, minor)]
    numbers = [int(text) if len(text) <= MAX_DIGITS else 10**MAX_DIGITS for text in parts]
    return tuple(numbers) > NEWEST
