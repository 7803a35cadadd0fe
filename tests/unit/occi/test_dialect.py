"""Which form of the text renderings a client gets for the version of OCCI that it names."""

from __future__ import annotations

import time

import pytest

from disco.occi import Dialect, find_dialect

ORIGINAL, V11, V12 = Dialect.ORIGINAL, Dialect.OCCI_11, Dialect.OCCI_12


@pytest.mark.parametrize(
    ("accept", "agent", "dialect"),
    [
        (None, None, ORIGINAL),
        ("text/occi", "Ruby", ORIGINAL),
        ("text/occi", "python-requests/2.12.4", ORIGINAL),
        ("text/occi", "curl/7.88.1", ORIGINAL),
        ("text/occi", "client/1.1 (linux) libcurl/7.19.4 OCCI/1.1", V11),
        ("text/occi", "OCCI/1.2", V12),
        ("text/occi", "x OCCI/1.1 OCCI/1.2", V12),
        ("text/occi", "x OCCI/1.0", V11),
        ("text/occi", "x MYOCCI/1.2", ORIGINAL),
        ("text/occi", "x OCCI/1.20", ORIGINAL),
        ("text/occi;version=1.1", "x OCCI/1.2", V11),
        ('text/occi; version="1.2"', "curl", V12),
        ("text/occi;occi=1.1;q=0.9, */*", "curl", V11),
        ("text/plain;version=1.2, text/occi;version=1.1", "curl", V11),
        ("text/plain;version=1.1", "x OCCI/1.2", V12),
        ("text/occi; OCCI/1.2", "curl", V12),
        ("text/occi, OCCI/1.1", "x OCCI/1.2", V11),
        ("text/occi;version=3", "curl", ORIGINAL),
    ],
)
def test_the_version_of_accept_goes_before_that_of_the_agent(
    accept: str | None, agent: str | None, dialect: Dialect
) -> None:
    assert find_dialect(accept, agent, "text/occi") is dialect


def test_long_headers_take_no_time() -> None:
    start = time.thread_time()
    for long in ("OCCI/" * 12_000, "OCCI/1." * 9_000, "OCCI/" + "1" * 60_000, "text/occi;" * 6_000):
        find_dialect(long, long, "text/occi")
    assert time.thread_time() - start < 1
