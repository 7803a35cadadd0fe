"""JSON bodies: those of OCCI 1.2 (GFD.226) and the form of OCCI 1.1 servers before it.

They differ in the kind and the mixins: type identifiers in 1.2, objects with
scheme and term before.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Any, NoReturn

from disco.errors import Fault, InvalidRequest
from disco.occi.grammar import AttributeReader, refuse_if_any
from disco.occi.message import CategoryRef, LinkRef, Message
from disco.occi.model import CORE_ID, CORE_SUMMARY, CORE_TITLE
from disco.occi.text import TERM, shown

MEMBERS = (
    "kind",
    "mixins",
    "attributes",
    "actions",
    "links",
    "id",
    "title",
    "summary",
    "action",
    "resources",
)
#: members of 1.2 that are attributes in the text renderings
AS_ATTRIBUTES = {"id": CORE_ID, "title": CORE_TITLE, "summary": CORE_SUMMARY}
TYPE_FORM = 'a type identifier "scheme#term", or an object with scheme and term'

#: of a whole number; no attribute takes more
MAX_DIGITS = 30

_TYPE_ID = re.compile(r"(\S+#)([^#]+)")


class _DuplicateKey(ValueError):
    pass


def read_json(text: str) -> Message:
    """The message in a JSON body.

    Raises:
        InvalidRequest: no JSON, or not of the expected form; with every fault found.
    """
    return _Reader().read(_load(text))


def _load(text: str) -> Any:
    try:
        data = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_int=_read_integer,
            parse_float=_read_float,
        )
        json.dumps(data, ensure_ascii=False).encode("utf-8")  # finds lone surrogates
    except json.JSONDecodeError as error:
        reason = f"{error.msg} in line {error.lineno}, column {error.colno}"
    except RecursionError:
        reason = "nested too deeply"
    except UnicodeEncodeError:
        reason = "half of a surrogate pair in a string"
    except ValueError as error:
        reason = str(error)
    else:
        return data
    raise InvalidRequest.of(
        [Fault("body", f"not the JSON that its Content-Type says: {reason}", "JSON", "bad-json")]
    )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise _DuplicateKey(f"{shown(twice)} is given twice in one object")
    return found


def _read_integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number of more than {MAX_DIGITS} digits")
    return int(text)


class _WrittenFloat(float):
    """A number that knows its text: 1.10 is a version, and not 1.1."""

    written: str


def _read_float(text: str) -> float:
    number = _WrittenFloat(text)
    number.written = text
    if not math.isfinite(number):
        raise ValueError(f"the number {shown(text)} is too large")
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


class _Reader:
    """Gathers the faults of one body."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.attributes = AttributeReader("attributes")

    def read(self, data: Any) -> Message:
        message = self._document(data)
        refuse_if_any([*self.faults, *self.attributes.faults])
        return message

    def _document(self, data: Any) -> Message:
        if isinstance(data, list):  # categories as the query interface of OCCI 1.1 lists them
            return Message(self._categories("body", data))
        if not isinstance(data, dict):
            self._fault("body", "neither a JSON object nor an array", "an object")
            return Message()
        for name in data:
            if name not in MEMBERS:
                self._fault("body", f"unknown member {shown(name)}", ", ".join(MEMBERS))
        if "resources" in data:
            if len(data) > 1:
                self._fault("resources", "other members stand beside it", "it alone")
            return self._only_resource(data["resources"])
        return self._entity(data)

    def _only_resource(self, resources: Any) -> Message:
        if not isinstance(resources, list) or len(resources) != 1:
            self._fault("resources", "not a list of one resource", "one resource a request")
            return Message()
        if isinstance(resources[0], dict) and "resources" in resources[0]:
            self._fault("resources", "a resource holds resources", "one resource a request")
            return Message()
        return self._document(resources[0])

    def _entity(self, data: dict[str, Any]) -> Message:
        kind = [data["kind"]] if data.get("kind") is not None else []
        categories = self._categories("kind", kind)
        categories += self._categories("mixins", _or_empty(data.get("mixins")))
        self._read_attributes(data)
        action = None
        if data.get("action") is not None:
            invoked = self._category("action", data["action"])
            action = invoked.type_id if invoked else None
        links = self._links(_or_empty(data.get("links")))
        return Message(categories, self.attributes.found, (), links, action)

    def _read_attributes(self, data: dict[str, Any]) -> None:
        attributes = data.get("attributes")
        if attributes is not None and not isinstance(attributes, dict):
            self._fault("attributes", "not a JSON object", "an object of names and values")
            attributes = None
        for name, value in (attributes or {}).items():
            if value is not None:  # null: as if not given
                self.attributes.add(name, _as_text(value))
        for member, name in AS_ATTRIBUTES.items():
            value = data.get(member)
            if isinstance(value, str):
                if name not in self.attributes.found:
                    self.attributes.add(name, value)
            elif value is not None:
                self._fault(member, "not a string", "a string")

    def _categories(self, where: str, items: Any) -> tuple[CategoryRef, ...]:
        if not isinstance(items, list):
            self._fault(where, "not a list", "a list of categories")
            return ()
        found = [self._category(where, item) for item in items]
        return tuple(category for category in found if category is not None)

    def _category(self, where: str, item: Any) -> CategoryRef | None:
        if isinstance(item, str):
            match = _TYPE_ID.fullmatch(item)
            fields: dict[str, Any] = {"scheme": match[1], "term": match[2]} if match else {}
        else:
            fields = item if isinstance(item, dict) else {}
        term, scheme = fields.get("term"), fields.get("scheme")
        if not isinstance(scheme, str) or not isinstance(term, str):
            self._fault(where, "no category", TYPE_FORM, "bad-category")
            return None
        if not scheme or not scheme.isprintable() or not TERM.fullmatch(term):
            self._fault(where, f"{shown(scheme + term)} is no category", TYPE_FORM, "bad-category")
            return None
        related = fields.get("related") or fields.get("depends") or fields.get("rel")
        if isinstance(related, list):
            related = related[0] if related else None
        return CategoryRef(
            term=term,
            scheme=scheme,
            cls={"kind": "kind", "mixins": "mixin", "action": "action"}.get(where),
            location=_text_or_none(fields.get("location")),
            rel=_text_or_none(related),
            title=_text_or_none(fields.get("title")),
        )

    def _links(self, items: Any) -> tuple[LinkRef, ...]:
        if not isinstance(items, list):
            self._fault("links", "not a list", "a list of links")
            return ()
        found = []
        for item in items:
            link = item if isinstance(item, dict) else {}
            target, kind = link.get("target"), link.get("kind")
            if isinstance(target, dict):
                target = target.get("location")
            if not isinstance(target, str):
                self._fault("links", "a link without a target", "a path or URL as target")
                continue
            category = self._category("kind", kind) if kind is not None else None
            found.append(LinkRef(target, None, category.type_id if category else None))
        return tuple(found)

    def _fault(self, where: str, text: str, allowed: str, code: str = "bad-json") -> None:
        self.faults.append(Fault(where, text, allowed, code))


def _or_empty(items: Any) -> Any:
    return [] if items is None else items


def _as_text(value: Any) -> str:
    """Numbers and booleans as in the text renderings, structures as JSON."""
    if isinstance(value, _WrittenFloat):
        return value.written
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
