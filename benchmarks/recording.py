"""The answers of a real Keystone and Heat, kept so that a stub can give them again at once."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.cloud_proxy import Answer, Asked, CloudProxy

#: ids of clusters, stacks and resources: each stands for any other
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def key(port: int, method: str, target: str) -> str:
    """What a stub looks an answer up by: 0 for Keystone's port, 1 for the others'."""
    return f"{port} {method} {_ID.sub('*', target)}"


@dataclass
class Tape:
    """Answers by key; addresses in them name ports as ``@PORT0@`` and ``@PORT1@``.

    Attributes:
        answers: the newest ones before anything was changed.
        changed: the first ones after the stack was changed (PATCH).
    """

    answers: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write it for a stub in another process."""
        path.write_text(json.dumps([self.answers, self.changed]))


class RecordingProxy(CloudProxy):
    """The proxy of the tests, which also writes down what the cloud answers, and to whom."""

    def __init__(self, ports: tuple[int, int]) -> None:
        super().__init__(ports)
        self.tape = Tape()
        #: keys in the order in which they were asked for; clear it before an act
        self.calls: list[str] = []
        #: whether the stack is as it was made
        self.is_as_made = True
        self._writing = threading.Lock()

    def __enter__(self) -> RecordingProxy:
        super().__enter__()
        return self

    def ask_cloud(self, port: int, asked: Asked, target: str) -> Answer:
        """The cloud's answer, of which a copy is kept."""
        answer = super().ask_cloud(port, asked, target)
        name = key(int(port != self._upstream[0]), asked.method, target)
        text = answer.body.decode("latin-1")
        headers = dict(answer.headers)
        for number, own in enumerate(self.ports):
            text = text.replace(f"127.0.0.1:{own}", f"127.0.0.1:@PORT{number}@")
            headers = {
                k: v.replace(f"127.0.0.1:{own}", f"127.0.0.1:@PORT{number}@")
                for k, v in headers.items()
            }
        with self._writing:
            self.calls.append(name)
            kept = {"status": answer.status, "headers": headers, "body": text}
            if self.is_as_made:
                self.tape.answers[name] = kept
            else:
                self.tape.changed.setdefault(name, kept)
                self.tape.answers.setdefault(name, kept)
            self.is_as_made = self.is_as_made and asked.method != "PATCH"
        return answer
