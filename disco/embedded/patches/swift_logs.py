"""Where Swift's log goes.

Its loggers write to the machine's syslog and to nothing else, or send datagrams where there is
none. This replaces the handler by one that writes to a file beside the other services' logs.
"""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path
from typing import Any

REPLACED = ("swift.common.utils.logs:ThreadSafeSysLogHandler",)
USED = ("swift.common.utils.logs:SysLogHandler",)
READ_FOR = {"swift": "2.38.3"}

_MAX_BYTES = 20 * 1024 * 1024
_FILES = 3


class FileLog(logging.handlers.RotatingFileHandler):
    """A log file whose lines begin with the time."""

    def format(self, record: logging.LogRecord) -> str:
        """A line, as Swift words it, after the time and the level."""
        time = logging.Formatter().formatTime(record)
        return f"{time} {record.levelname} {super().format(record)}"


def apply(path: Path) -> None:
    """Have all loggers that are made from now on write to ``path``."""
    from swift.common.utils import logs

    handler = FileLog(path, maxBytes=_MAX_BYTES, backupCount=_FILES)

    def to_file(*_: Any, **__: Any) -> FileLog:
        return handler

    logs.ThreadSafeSysLogHandler = to_file
