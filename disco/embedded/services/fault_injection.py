"""Injected faults: what goes wrong with servers, to try out what becomes of clusters then.

``DIR/faults.json`` holds the faults by action and server, for instance
``{"create disco-worker-2": {"state": "ERROR", "message": "No valid host was found."}}``.
Actions are create, delete, suspend, resume and metadata; the server ``*`` is any. The file is
read at each action. In a fault ``refuse`` is the HTTP status to answer with, ``ignore`` leaves
the action undone, ``late`` does it before the error, ``state`` is what becomes of the server.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from disco.embedded.services.api_error import ApiError


@dataclass(frozen=True)
class InjectedFault:
    """What goes wrong with one action on one server; by default nothing."""

    refuse: int = 0
    ignore: bool = False
    late: bool = False
    state: str = ""
    message: str = "This fault was ordered."

    def before(self) -> None:
        """Fail before anything is done.

        Raises:
            ApiError: if the fault says so.
        """
        if self.refuse and not self.late:
            raise ApiError(self.refuse, self.message)

    def after(self) -> None:
        """Fail when all is done: the answer is lost.

        Raises:
            ApiError: if the fault says so.
        """
        if self.refuse and self.late:
            raise ApiError(self.refuse, self.message)


class FaultInjection:
    """The file of injected faults."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def find(self, action: str, server: str) -> InjectedFault:
        """The fault of this action on this server; one without effect when there is none."""
        try:
            faults = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return InjectedFault()
        fields = faults.get(f"{action} {server}") or faults.get(f"{action} *") or {}
        return InjectedFault(**fields)
