"""A record of the log as one line of text, or of JSON for collectors that read that."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from disco import request_id

#: what an access line has beside its text
_DETAILS = ("method", "path", "status", "seconds")
#: what makes other lines of a text, or controls a terminal that shows it
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_IN_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class TextFormatter(logging.Formatter):
    """Time, process, level and message on one line; a traceback has its own lines.

    Messages quote the cloud and its users: what is no text in them is written as in Python.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The line."""
        return _CONTROL.sub(_escaped, super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        """The lines of a traceback."""
        return _IN_LINES.sub(_escaped, super().formatException(ei))


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


class JsonFormatter(logging.Formatter):
    """``time``, ``level``, ``logger``, ``process``, ``request_id``, ``message``, and details."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; a traceback is the member ``traceback``."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, object] = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "request_id": request_id.current(),
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in _DETAILS if hasattr(record, name)}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)
