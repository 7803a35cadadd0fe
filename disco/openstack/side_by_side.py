"""Questions to the cloud that do not depend on each other, asked at the same time.

Who wants an answer waits for it, or asks itself where all places are taken: so nothing is
ever slower than one question after the other, and errors are raised where they always were.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from typing import Generic, TypeVar

T = TypeVar("T")

#: questions of a process that are asked ahead at once
MOST = 32
_PLACES = threading.BoundedSemaphore(MOST)


class NotWanted(Exception):
    """What was begun turned out not to be needed, as far as could be known then."""


class Begun(Generic[T]):
    """A step that was begun in a thread of its own, if there was a place for it."""

    def __init__(self, step: Callable[[], T], unless: Callable[[], bool] = bool) -> None:
        """Begin ``step``, ``unless`` it is not needed: then it is done where it is wanted."""
        self._step, self._unless = step, unless
        self._future: Future[T] | None = None
        if _PLACES.acquire(blocking=False):
            self._begin(Future())

    @property
    def is_begun(self) -> bool:
        """Whether somebody else does it."""
        return self._future is not None

    def result(self) -> T:
        """What the step gives; raises what it raises."""
        if self._future is not None:
            try:
                return self._future.result()
            except NotWanted:
                self._future = None
            except BaseException:
                # the error's traceback leads here, and would keep itself and the session
                self._future = None
                raise
        return self._step()

    def _begin(self, future: Future[T]) -> None:
        # the request's id goes along
        run = copy_context().run
        thread = threading.Thread(target=run, args=(self._run, future), daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system has no more threads
            _PLACES.release()
            return
        self._future = future

    def _run(self, future: Future[T]) -> None:
        try:
            if self._unless():
                raise NotWanted
            future.set_result(self._step())
        except BaseException as error:
            future.set_exception(error)
        finally:
            _PLACES.release()
            # likewise
            del self, future
