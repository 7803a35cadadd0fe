"""Which resources of a collection a request asks for."""

from __future__ import annotations

from disco.occi.message import Message
from disco.occi.model import Resource
from disco.occi.text import wire_value


def matches(resource: Resource, message: Message) -> bool:
    """Whether ``resource`` has every category and every attribute value in ``message``.

    A category is the resource's kind, the parent of that, or one of its mixins.
    Values are compared as they are shown.
    """
    types = {resource.kind.type_id, resource.kind.parent, *(m.type_id for m in resource.mixins)}
    if any(ref.type_id not in types for ref in message.categories):
        return False
    found = resource.all_attributes()
    return all(
        name in found and wire_value(found[name]) == wire_value(value)
        for name, value in message.attributes.items()
    )
