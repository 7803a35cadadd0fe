"""Lists of clusters, of which nothing is made anew that Heat says as it did in the list before.

What a list has of a cluster follows from the text that Heat has for its stack, unless it tells
more than that text: of a cluster that was resumed, or that its nodes are off after its time. Such
clusters are looked at in every list. What is kept of the others is found by that whole text,
whoever asks: who has got the same text from Heat may read what was made of it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Protocol, TypeVar, cast

from disco.clusters.list_progress import follows_from_list
from disco.clusters.view import Cluster
from disco.heat.stack_pages import StackPages
from disco.heat.stack_texts import StackTexts
from disco.heat.stacks import Stack

#: bytes of texts and pieces that a process keeps
MOST_BYTES = 24 * 1024 * 1024
#: bytes that an entry takes beside its text and its piece
_ENTRY = 400


class Piece(Protocol):
    """What a list has of a cluster."""

    @property
    def size(self) -> int:
        """About how many bytes it takes."""


class _Nothing:
    """Of a stack that is no cluster."""

    size = 0


P = TypeVar("P", bound=Piece)
_NOTHING = _Nothing()
_Key = tuple[str, bytes]


class KeptPieces:
    """Pieces by the form of the list and the text of the stack; safe for threads.

    A piece that is recalled costs next to nothing: where there is no more room, those go that
    were made first, whether they were asked for since or not.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most, self._size = most, 0
        self._kept: OrderedDict[_Key, Piece] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, form: str, text: bytes) -> Piece | None:
        """The piece that was made of this text."""
        return self._kept.get((form, text))

    def keep(self, form: str, text: bytes, piece: Piece) -> None:
        """Keep a piece, if there is any room for it."""
        size = _size(text, piece)
        with self._lock:
            if size > self._most or (form, text) in self._kept:
                return
            self._kept[form, text] = piece
            self._size += size
            while self._size > self._most:
                (_, gone), made = self._kept.popitem(last=False)
                self._size -= _size(gone, made)


def _size(text: bytes, piece: Piece) -> int:
    return len(text) + piece.size + _ENTRY


class Listing:
    """The clusters of a project as Heat has just listed them."""

    def __init__(
        self,
        texts: StackTexts | StackPages,
        kept: KeptPieces,
        look: Callable[[Iterable[Stack]], Iterator[Cluster]],
    ) -> None:
        """``look`` makes a cluster of each stack before it takes the next."""
        self._texts, self._kept, self._look = texts, kept, look

    def pieces(self, form: str, make: Callable[[Cluster], P], most: int | None = None) -> list[P]:
        """The piece of each cluster, the newest first.

        Args:
            form: of the list; for the same form ``make`` makes the same of the same cluster.
            make: the piece of a cluster.
            most: pieces that are wanted; None for all.

        Raises:
            CloudError: Heat's answer has another form.
        """
        pieces: list[P] = []
        looked_at: list[tuple[bytes, Stack]] = []

        def unknown() -> Iterator[Stack]:
            for text, known in self._texts.read(partial(self._kept.recall, form)):
                if isinstance(known, Stack):
                    looked_at.append((text, known))
                    yield known
                elif known is None:
                    self._kept.keep(form, text, _NOTHING)
                elif known is not _NOTHING:
                    pieces.append(cast("P", known))
                if len(pieces) == most:
                    return

        # one after the other, so that no more is in memory than what is kept
        for cluster in self._look(unknown()):
            text, stack = looked_at.pop()
            piece = make(cluster)
            if stack.cluster_id == cluster.id and follows_from_list(stack):
                self._kept.keep(form, text, piece)
            pieces.append(piece)
        return pieces
