"""Previews over HTTP: JSON, or YAML for those who ask for text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import falcon
import yaml

from disco.api.kind import PREVIEW
from disco.attributes import (
    DEPLOYER_TYPE,
)
from disco.errors import NotAcceptable
from disco.occi import Message, negotiate
from disco.untrusted import to_utf8

#: the original's deployer that wrote a template to a file; here it asks for a preview
FILE_DEPLOYER = "FileDeployer"
JSON = "application/json"
OFFERED = (JSON, "text/plain", "application/occi+json", "text/occi", "text/html")


def wants_preview(request: falcon.Request, message: Message) -> bool:
    """Whether a create asks for a preview."""
    wanted = (
        request.get_param("action") == PREVIEW.term
        or message.action == PREVIEW.type_id
        or message.attributes.get(DEPLOYER_TYPE, "").strip().lower() == FILE_DEPLOYER.lower()
    )
    request.context.preview = wanted
    return wanted


def without_action(message: Message) -> Message:
    """The create to preview, without the category of the action."""
    kinds = tuple(c for c in message.categories if c.type_id != PREVIEW.type_id)
    return Message(kinds, message.attributes, message.locations, message.links)


def reply_preview(
    request: falcon.Request, response: falcon.Response, preview: Mapping[str, Any]
) -> None:
    """JSON, or YAML for ``Accept: text/plain``."""
    try:
        chosen = negotiate(request.get_header("Accept"), OFFERED, JSON)
    except NotAcceptable:
        chosen = JSON
    if chosen == "text/plain":
        response.content_type = "text/plain; charset=utf-8"
        text = yaml.dump(preview, Dumper=_Dumper, sort_keys=False, allow_unicode=True)
        response.data = to_utf8(text)
    else:
        response.media = preview


class _Dumper(yaml.SafeDumper):
    """YAML in which scripts keep their lines."""

    def ignore_aliases(self, _: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
