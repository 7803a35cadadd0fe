"""Whose id a request has."""

from __future__ import annotations

import re
import threading

import pytest

from disco import request_id

OURS = re.compile(r"req-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


def test_an_id_of_openstacks_form_is_taken() -> None:
    sent = "req-01234567-89ab-cdef-0123-456789abcdef"
    assert request_id.begin(sent) == sent == request_id.current()


@pytest.mark.parametrize(
    "sent",
    [
        *(None, "", "req-", "req-0123456789abcdef", "01234567-89ab-cdef-0123-456789abcdef"),
        *("req-01234567-89ab-cdef-0123-456789abcdef\n", "req-01234567-89AB-cdef-0123-456789abcdef"),
        *("req-01234567-89ab-cdef-0123-456789abcde\u0663", "x" * 100_000, '"},{"level":"'),
    ],
)
def test_anything_else_is_replaced(sent: str | None) -> None:
    assert OURS.fullmatch(request_id.begin(sent))


def test_threads_have_their_own() -> None:
    mine, others = request_id.begin(None), []
    thread = threading.Thread(target=lambda: others.append(request_id.current()))
    thread.start()
    thread.join()
    assert others == [None]
    assert request_id.current() == mine
