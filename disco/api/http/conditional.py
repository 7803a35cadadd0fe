"""Answers that are not sent again to who has them: ``ETag`` and ``If-None-Match`` (RFC 9110).

Nothing may store an answer, since some hold keys; a program that asks again and again keeps
the tag, and what it made of the answer.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

import falcon

from disco.api.http.occi import reply
from disco.occi import Rendered, RenderedList

_TAG = re.compile(r'(?:W/)?("[^"]{0,256}")')
#: characters of the header that are looked at
_LONGEST = 8 * 1024


def reply_unless_known(
    request: falcon.Request,
    response: falcon.Response,
    rendered: Rendered,
    lasting: Rendered | None = None,
) -> None:
    """Send a rendering; 304 without it where the request has its tag.

    ``lasting`` is what makes a difference, where that is not all of it.
    """
    _reply(request, response, tag_of(lasting or rendered), lambda: rendered)


def reply_list_unless_known(
    request: falcon.Request, response: falcon.Response, rendered: RenderedList
) -> None:
    """As ``reply_unless_known``; a list that is known is not even written."""
    _reply(request, response, _quoted(rendered.tag.hex()), rendered.render)


def _reply(
    request: falcon.Request, response: falcon.Response, tag: str, render: Callable[[], Rendered]
) -> None:
    if _is_known(request.get_header("If-None-Match"), tag):
        response.status = falcon.HTTP_304
    else:
        reply(response, render())
    response.set_header("ETag", tag)


def tag_of(rendered: Rendered) -> str:
    """The same for two answers of which no byte differs."""
    digest = hashlib.sha256(rendered.content_type.encode("utf-8", "replace"))
    for name, value in sorted(rendered.headers.items()):
        digest.update(f"\0{name}\0{value}".encode("utf-8", "replace"))
    digest.update(b"\0\0")
    digest.update(rendered.data)
    return _quoted(digest.hexdigest())


def _quoted(digits: str) -> str:
    return f'"{digits[:32]}"'


def _is_known(header: str | None, tag: str) -> bool:
    """Whether the header has the tag; ``*`` is any."""
    said = (header or "").strip()
    return said == "*" or tag in _TAG.findall(said[:_LONGEST])
