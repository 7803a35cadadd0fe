"""Bodies are read to their end, and not beyond a limit."""

from __future__ import annotations

import io

import falcon
import pytest
from falcon import testing

from disco.api.http.body import read_body
from disco.errors import InvalidRequest, UnsupportedMediaType


def request(body: bytes = b"", chunked: bool = False, **headers: str) -> falcon.Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    environ = testing.create_environ(headers=named, body=body)
    if chunked:
        environ.pop("CONTENT_LENGTH", None)
        environ |= {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    return falcon.Request(environ)


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_is_read_whole_up_to_the_limit(chunked: bool) -> None:
    for size in (0, 1, 100):
        assert read_body(request(b"x" * size, chunked), 100) == b"x" * size
    with pytest.raises(InvalidRequest, match="100"):
        read_body(request(b"x" * 101, chunked), 100)


def test_a_stream_that_gives_little_at_a_time_is_read_on() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(3, size or 3))

    sent = request(chunked=True)
    sent.env["wsgi.input"] = Slow(b"0123456789")
    assert read_body(falcon.Request(sent.env), 100) == b"0123456789"


def test_chunks_that_are_malformed_are_the_client_s_fault() -> None:
    class Broken(io.BytesIO):
        def read(self, _: int | None = -1) -> bytes:
            raise OSError("Invalid chunk size")

    sent = request(chunked=True)
    sent.env["wsgi.input"] = Broken()
    with pytest.raises(InvalidRequest, match="chunks"):
        read_body(falcon.Request(sent.env), 100)


def test_chunks_that_the_server_does_not_end_are_not_waited_for() -> None:
    sent = request(b"x", chunked=True)
    del sent.env["wsgi.input_terminated"]
    assert read_body(falcon.Request(sent.env), 100) == b""


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, gzip", "x" * 5000])
def test_a_compressed_body_is_refused(coding: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        read_body(request(b"x", Content_Encoding=coding), 100)
    assert read_body(request(b"x", Content_Encoding="Identity"), 100) == b"x"
