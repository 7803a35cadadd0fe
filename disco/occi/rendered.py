"""What a rendering comes out as."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Rendered:
    """A content type, further headers and a body, ready to be sent.

    Attributes:
        headers: latin-1 strings as WSGI asks for; not in the repr, because they
            may hold a key, and neither is the body.
        body: to be encoded in UTF-8.
    """

    content_type: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    body: str = field(default="", repr=False)
