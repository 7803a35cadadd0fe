"""Whether a request has arrived whole: its head, and the body that the head announces.

Only so much of HTTP/1.1 (RFC 9112) is read here as is needed to know where a request ends;
what is not understood is handed over as it is, for the server's own parser to refuse.
"""

from __future__ import annotations

import re

#: bytes of a request's head, and of its body: a request with a larger body is handed over
#: without it, so that the application can refuse it in words
MAX_HEAD, MAX_BODY = 256 * 1024, 2 * 1024 * 1024
#: of a body in chunks: the server's parser copies what is left once for each chunk
MAX_CHUNKS, MAX_CHUNKED = 1000, 512 * 1024
_END_OF_HEAD = b"\r\n\r\n"
#: digits after zeros; a number that has more is larger than any that is waited for
_LENGTH = re.compile(rb"^content-length:[ \t]*+0*+([0-9]*+)[ \t]*+\r?$", re.I | re.M)
_MAX_DIGITS = 12
_CHUNKED = re.compile(rb"^transfer-encoding:[^\r\n]*chunked", re.I | re.M)
_EXPECT = re.compile(rb"^expect:[ \t]*100-continue", re.I | re.M)
_CHUNK_SIZE = re.compile(rb"(?=[0-9A-Fa-f])0*+([0-9A-Fa-f]{0,8}+)(?![0-9A-Fa-f])[^\r\n]*\r\n")
#: bytes of the line with a chunk's size, which a signature of each chunk may be a part of
_MAX_LINE = 1024


class Arrival:
    """What of one request has arrived so far.

    Attributes:
        data: all bytes, those of a next request among them if they came along.
        chunks_are_too_many: whether the body is in more or larger chunks than are read.
    """

    def __init__(self) -> None:
        self.data = bytearray()
        self._searched = 0
        #: where the body begins; 0 while the head is not whole
        self._body = 0
        #: where the body ends; None where chunks tell it
        self._end: int | None = None
        #: where the next chunk begins
        self._chunk = 0
        self._trailers = False
        self._chunks = 0
        self.expects_continue = False
        self.chunks_are_too_many = False

    @property
    def head_is_too_large(self) -> bool:
        """Whether the head is longer than any that is read."""
        return not self._body and len(self.data) > MAX_HEAD

    @property
    def has_begun(self) -> bool:
        """Whether anything has arrived."""
        return bool(self.data)

    @property
    def is_head_alone(self) -> bool:
        """Whether the request has arrived, has no body, and nothing came along behind it."""
        return bool(self._body) and self._body == self._end == len(self.data)

    def add(self, piece: bytes) -> bool:
        """Take what was read; True when the request is whole, or too large to wait for."""
        self.data += piece
        if not self._body:
            self._read_head()
            if not self._body:
                return len(self.data) > MAX_HEAD
        if self._end is None:
            if self._chunks_are_whole():
                return True
            size = len(self.data) - self._body
            self.chunks_are_too_many = self._chunks > MAX_CHUNKS or size > MAX_CHUNKED
            return self.chunks_are_too_many
        return len(self.data) >= self._end or self._end - self._body > MAX_BODY

    def _read_head(self) -> None:
        end = self.data.find(_END_OF_HEAD, max(self._searched - 3, 0))
        self._searched = len(self.data)
        if end < 0:
            return
        head = bytes(self.data[: end + 2])
        self._body = self._chunk = end + len(_END_OF_HEAD)
        self.expects_continue = _EXPECT.search(head) is not None
        length = _LENGTH.search(head)
        if _CHUNKED.search(head):
            self._end = None
        else:
            digits = length[1] if length else b""
            size = int(digits or b"0") if len(digits) <= _MAX_DIGITS else MAX_BODY + 1
            self._end = self._body + size

    def _chunks_are_whole(self) -> bool:
        """Go on from chunk to chunk; what is not one is for the server's parser to refuse."""
        while True:
            if self._trailers:
                # a trailer section is lines up to an empty one
                line = self.data.find(b"\r\n", self._chunk)
                if line < 0:
                    return False
                empty = line == self._chunk
                self._chunk = line + 2
                if empty:
                    return True
                continue
            match = _CHUNK_SIZE.match(self.data, self._chunk, self._chunk + _MAX_LINE)
            if match is None:
                line = self.data.find(b"\r\n", self._chunk)
                return line >= 0 or len(self.data) - self._chunk > _MAX_LINE
            size = int(match[1] or b"0", 16)
            self._chunks += 1
            if self._chunks > MAX_CHUNKS:
                return False
            if size == 0:
                self._trailers = True
                self._chunk = match.end()
            elif match.end() + size + 2 > len(self.data):
                return False
            else:
                self._chunk = match.end() + size + 2
