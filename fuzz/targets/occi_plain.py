"""OCCI in a body of ``text/plain``: parsed, rendered in every type, and parsed again."""

from __future__ import annotations

from disco.errors import DiscoError
from disco.occi import MEDIA_TYPES, Message, parse_message, render_resource
from disco.occi.render import render_error
from fuzz.samples import make_resource
from fuzz.target import Broken, Target

WORDS = (
    *(
        "Category: ",
        "X-OCCI-Attribute: ",
        "X-OCCI-Location: ",
        "Link: ",
        'scheme="',
        'class="kind"',
    ),
    *("icclab.disco.components.heat.slavecount=", 'title="', "occi.core.id="),
)


def read(content_type: str, headers: dict[str, str], body: bytes) -> str:
    """Read a request in any rendering, and render what it says in all of them."""
    try:
        message = parse_message(content_type, headers, body)
    except DiscoError as error:
        for media_type in MEDIA_TYPES:
            render_error(error, media_type).body.encode()
        raise
    return render_everywhere(message)


def render_everywhere(message: Message) -> str:
    """Render a resource with a message's attributes; what text and JSON say is read again."""
    resource = make_resource(message.attributes)
    said = []
    for media_type in MEDIA_TYPES:
        if media_type == "text/uri-list":
            continue
        rendered = render_resource(resource, media_type, "http://127.0.0.1:8888")
        said += [rendered.body, *rendered.headers.values()]
        if media_type == "text/plain":
            again = parse_message("text/plain", {}, rendered.body.encode()).attributes
            expected = {k: v for k, v in message.attributes.items()}
            if any(again.get(name) != value for name, value in expected.items()):
                raise Broken("an attribute is not read as it was written")
    return "\n".join(said)


TARGET = Target(
    lambda data: read("text/plain", {}, data),
    dictionary=WORDS,
    answer_bytes=1 << 17,
    answer_factor=60,
)
