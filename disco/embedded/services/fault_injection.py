"""Faults on order: what of Nova goes wrong, for trying out what becomes of clusters then.

``DIR/faults.json`` has them by action and server, for instance
``{"create disco-worker-2": {"state": "ERROR", "message": "No valid host was found."}}``;
actions are create, delete, suspend, resume and metadata, a server may be ``*``. It is read
anew each time. In a fault ``refuse`` is the HTTP status to answer with, ``ignore`` leaves
the action undone, ``late`` does it before the refusal, ``state`` is what becomes of the server.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from disco.embedded.services.api_error import Refusal


@dataclass(frozen=True)
class Injected:
    """What goes wrong with one action on one server; by default nothing."""

    refuse: int = 0
    ignore: bool = False
    late: bool = False
    state: str = ""
    message: str = "This fault was ordered."

    def before(self) -> None:
        """Refuse before anything is done.

        Raises:
            Refusal: if that is ordered.
        """
        if self.refuse and not self.late:
            raise Refusal(self.refuse, self.message)

    def after(self) -> None:
        """Refuse when all is done: the answer is lost.

        Raises:
            Refusal: if that is ordered.
        """
        if self.refuse and self.late:
            raise Refusal(self.refuse, self.message)


class FaultsOnOrder:
    """The file of faults."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def of(self, action: str, server: str) -> Injected:
        """What is ordered for this action."""
        try:
            ordered = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return Injected()
        found = ordered.get(f"{action} {server}") or ordered.get(f"{action} *") or {}
        return Injected(**found)
