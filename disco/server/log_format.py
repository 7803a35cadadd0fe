"""One line of JSON for each record of the log, for collectors that read that."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from disco import request_id

#: what an access line has beside its text
_DETAILS = ("method", "path", "status", "seconds")


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
