"""What a list has of each resource: a piece, which can be kept from one list to the next.

A piece follows from its resource and from the form of the list alone: who asks, under which name
of the service, and what else is listed makes no difference.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from disco.occi.json_text import TAG_SIZE, Frame
from disco.occi.model import Resource


class Piece(NamedTuple):
    """A resource in a list.

    Attributes:
        tag: of all the rest: pieces that differ have different ones.
        text: in UTF-8; the whole, or what stands in ``frame``.
        path: of the resource's address; it stands in ``frame``, too.
        frame: what many resources have alike.
    """

    tag: bytes
    text: bytes
    path: bytes
    frame: Frame | None = None

    @classmethod
    def of(cls, text: bytes, path: bytes, frame: Frame | None = None) -> Piece:
        """The piece of these."""
        around = frame.tag if frame is not None else b""
        told = b"%b%b\0%b" % (around, path, text)
        return cls(hashlib.blake2b(told, digest_size=TAG_SIZE).digest(), text, path, frame)

    @property
    def whole(self) -> bytes:
        """What stands in the list."""
        return self.text if self.frame is None else self.frame.filled(self.path, self.text)

    @property
    def size(self) -> int:
        """About how many bytes it takes to keep it."""
        return len(self.text) + len(self.path) + 300


class Form(NamedTuple):
    """A form that resources have in lists.

    Attributes:
        name: tells it from the others.
        make: the piece of a resource; it follows from the resource alone.
    """

    name: str
    make: Callable[[Resource], Piece]


#: the pieces of a list in the form that is asked for, always of the same resources
Pieces = Callable[[Form], Sequence[Piece]]


def pieces_of(resources: Iterable[Resource]) -> Pieces:
    """The pieces of resources that are there, none of which is kept."""
    listed = tuple(resources)
    return lambda form: [form.make(item) for item in listed]
