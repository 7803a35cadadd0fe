"""What a rendering comes out as."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from disco.untrusted import to_utf8


@dataclass(frozen=True)
class Rendered:
    """A content type, further headers and a body, ready to be sent.

    Attributes:
        headers: latin-1 strings as WSGI asks for; not in the repr, because they
            may hold a key, and neither is the content.
        content: the body, as text or in UTF-8 already.
    """

    content_type: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    content: str | bytes = field(default="", repr=False)

    @property
    def body(self) -> str:
        """The body as text."""
        return self.content if isinstance(self.content, str) else self.content.decode()

    @property
    def data(self) -> bytes:
        """The body as it is sent."""
        return self.content if isinstance(self.content, bytes) else to_utf8(self.content)


@dataclass(frozen=True)
class RenderedList:
    """A list of resources: what tells it from other lists, and how it is made.

    Attributes:
        tag: the same for two lists of which no byte differs, and made without them.
        render: writes the list.
    """

    tag: bytes
    render: Callable[[], Rendered]
