"""A `BufferedWorker` whose connections may wait for an answer without a thread."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from disco.api.http.parking import LOT, WAITED, Park
from disco.server.buffered_worker import BufferedWorker
from disco.server.parking_lot import MAX_PARKED, ParkingLot

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class ParkingWorker(BufferedWorker):
    """Parks connections where the application says so, and goes on with them later."""

    wsgi: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lot = ParkingLot(
            # who waits must not be all that can be connected
            most=max(1, min(MAX_PARKED, self.worker_connections // 2)),
            wake=lambda: self.method_queue.defer(_nothing),
            answer=self._answer,
            finish=self._send_rest,
            drop=self._end,
        )

    def load_wsgi(self) -> None:
        """The application, which is given the lot."""
        super().load_wsgi()
        self.wsgi = with_parking(self.wsgi, self._lot)

    def run(self) -> None:
        """As gunicorn's."""
        self._lot.open(self.poller)
        try:
            super().run()
        finally:
            self._lot.close()

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """One turn of the loop."""
        super().wait_for_and_dispatch_events(self._lot.pause(timeout))
        self._lot.turn(self.alive)

    def handle_request(self, request: Any, connection: Any) -> Any:
        """Answer one request in a thread, or as far as there is something to say."""
        try:
            return super().handle_request(request, connection)
        except Park as park:
            # without the frames that it came through, and all that they refer to
            connection.parked = park.with_traceback(None)
            return True

    def finish_request(self, connection: Any, future: Any) -> None:
        """Park the connection, or go on with it; in the loop."""
        park: Park | None = vars(connection).pop("parked", None)
        if park is None:
            super().finish_request(connection, future)
        elif future.cancelled() or future.exception() or not future.result():
            park.close()
            self._end(connection)
        else:
            self._lot.take(connection, park)

    def _answer(self, connection: Any, park: Park) -> None:
        """Have a thread answer a request whose time has come."""
        future = self.tpool.submit(self._answer_anew, park)
        future.add_done_callback(
            lambda done: self.method_queue.defer(self.finish_request, connection, done)
        )

    def _answer_anew(self, park: Park) -> bool:
        """In a thread; whether the connection is kept."""
        response = park.response
        if not self.alive:
            response.force_close()
        try:
            park.environ[WAITED] = park.waiting
            try:
                answer = self.wsgi(park.environ, response.start_response)
            finally:
                # a client that takes its answer slowly holds nobody up
                self._lot.hand_over(self._lot.answered)
            with contextlib.closing(_Answer(answer, response)) as pieces:
                for piece in pieces:
                    response.write(piece)
            response.close()
        except Park as again:
            again.close()
            raise RuntimeError("a request was parked a second time") from again
        except OSError:
            raise
        except Exception:
            self.log.exception("Error handling request")
            raise
        finally:
            park.close()
        return not response.should_close()


def with_parking(application: Application, lot: ParkingLot) -> Application:
    """A WSGI application that may raise ``Park``, also while its answer is read."""

    def parking(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ[LOT] = lot
        # gunicorn's answer: it knows how what it sends is framed
        response = start_response.__self__
        try:
            answer = application(environ, start_response)
        except Park as park:
            park.environ, park.response = environ, response
            raise
        if isinstance(answer, (list, environ["wsgi.file_wrapper"])):
            return answer
        return _Answer(answer, response)

    return parking


class _Answer:
    """What an application answers; not closed where it is parked, for it goes on."""

    def __init__(self, answer: Iterable[bytes], response: Any) -> None:
        self._answer, self._response = answer, response
        self._pieces = iter(answer)
        self._is_parked = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except Park as park:
            self._is_parked = True
            park.response, park.answer = self._response, self._answer
            raise

    def close(self) -> None:
        """As WSGI has it, once nothing more is read."""
        if not self._is_parked and hasattr(self._answer, "close"):
            self._answer.close()


def _nothing() -> None:
    """Wakes the loop."""
