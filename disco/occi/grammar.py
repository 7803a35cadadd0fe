"""The grammar of OCCI's text headers, read leniently where that cannot mislead.

The sentences about categories are the original's. No error repeats a value: it
may be a password.
"""

from __future__ import annotations

from collections.abc import Sequence

from disco.errors import Fault, InvalidRequest
from disco.occi.message import CategoryRef, LinkRef
from disco.occi.text import (
    BLANKS,
    CONTROL,
    NAME,
    TERM,
    Malformed,
    shown,
    split,
    unquote,
)

#: characters of all attributes, or of one other header
MAX_LENGTH = 60 * 1024
MAX_ATTRIBUTES = 512
#: told in one error
MAX_FAULTS = 100

CATEGORY = "Category"
ATTRIBUTE = "X-OCCI-Attribute"
LOCATION = "X-OCCI-Location"
LINK = "Link"

ATTRIBUTE_FORM = 'name="value"'
NAME_FORM = "letters, digits and _ . : -"
VALUE_FORM = r"text in one line; a newline is written \n"


def parse_attributes(value: str) -> dict[str, str]:
    """The attributes of an ``X-OCCI-Attribute`` value, in their order.

    Raises:
        InvalidRequest: with every fault that was found.
    """
    reader = AttributeReader()
    reader.read(value)
    refuse_if_any(reader.faults)
    return reader.found


def parse_categories(value: str) -> tuple[CategoryRef, ...]:
    """The categories of a ``Category`` value.

    Raises:
        InvalidRequest: with every fault that was found.
    """
    faults: list[Fault] = []
    found = read_categories(value, faults)
    refuse_if_any(faults)
    return found


def parse_locations(value: str) -> tuple[str, ...]:
    """The URLs and paths of an ``X-OCCI-Location`` value, as sent.

    Raises:
        InvalidRequest: with every fault that was found.
    """
    faults: list[Fault] = []
    found = read_locations(value.split(","), faults)
    refuse_if_any(faults)
    return found


def refuse_if_any(faults: Sequence[Fault]) -> None:
    """Raise all faults together; of very many the first, so that the answer stays short.

    Raises:
        InvalidRequest: there are faults.
    """
    told = list(faults[:MAX_FAULTS])
    if len(faults) > MAX_FAULTS:
        told.append(Fault(None, f"{len(faults) - MAX_FAULTS} further faults", code="too-many"))
    if told:
        raise InvalidRequest.of(told)


class AttributeReader:
    """Gathers attributes and their faults from one or several places.

    Attributes:
        where: the header or JSON member that errors name.
    """

    def __init__(self, where: str = ATTRIBUTE) -> None:
        self.where = where
        self.found: dict[str, str] = {}
        self.faults: list[Fault] = []
        self._length = 0
        self._full = False

    def read(self, text: str) -> None:
        """Read ``name="value", ...``."""
        if not self._fits(len(text)):
            return
        bare: str | None = None  # the last name, if its value had no quotes
        for part in split(text.strip(BLANKS).rstrip(BLANKS + ",;"), ","):
            if not part.strip(BLANKS):
                continue
            name, equals, raw = part.partition("=")
            name = name.strip(BLANKS)
            if not (equals and NAME.fullmatch(name)):
                self.faults.append(self._nameless(name, equals, bare))
                continue
            try:
                value = unquote(raw)
            except Malformed as error:
                self.faults.append(Fault(name, str(error), ATTRIBUTE_FORM, error.code))
                return  # where the next one begins cannot be known
            self._keep(name, value)
            bare = None if raw.strip(BLANKS)[:1] in ('"', "'") else name

    def add(self, name: str, value: str) -> None:
        """Take one attribute whose value is text already."""
        if not self._fits(len(name) + len(value)):
            return
        if NAME.fullmatch(name):
            self._keep(name, value)
        else:
            self.faults.append(self._nameless(name, "=", None))

    def _nameless(self, name: str, equals: str, bare: str | None) -> Fault:
        if bare is not None:
            # what follows a bare value may be the rest of it, and secret
            text = "a part of the value, or an attribute without '=', follows its comma"
            return Fault(bare, text, "values with commas in quotes", "no-value")
        if not name:
            return Fault(self.where, "a value without a name", ATTRIBUTE_FORM, "no-name")
        if not NAME.fullmatch(name):
            text = f"{shown(name)} is no name of an attribute"
            return Fault(self.where, text, NAME_FORM, "bad-name")
        return Fault(name, "Malformed attribute description: no '='", ATTRIBUTE_FORM, "no-value")

    def _keep(self, name: str, value: str) -> None:
        control = CONTROL.search(value)
        if control:
            text = f"control character U+{ord(control[0]):04X} in {self.where}"
            self.faults.append(Fault(name, text, VALUE_FORM, "control-character"))
        elif self.found.setdefault(name, value) != value:
            self.faults.append(
                Fault(name, "given twice, with different values", "one value", "duplicate")
            )
        if len(self.found) > MAX_ATTRIBUTES and not self._full:
            self._full = True
            self.faults.append(
                Fault(self.where, "too many attributes", f"at most {MAX_ATTRIBUTES}", "too-many")
            )

    def _fits(self, length: int) -> bool:
        before = self._length
        self._length += length
        if before <= MAX_LENGTH < self._length:
            text = f"more than {MAX_LENGTH} characters of attributes"
            self.faults.append(Fault(self.where, text, f"at most {MAX_LENGTH} in all", "too-long"))
        return self._length <= MAX_LENGTH


def read_categories(text: str, faults: list[Fault]) -> tuple[CategoryRef, ...]:
    """Read ``term; scheme="..."; class="...", ...``, adding to ``faults``."""
    if not _is_sound(CATEGORY, text, faults):
        return ()
    found = []
    for part in split(text, ",", inner=";"):
        if part.strip(BLANKS):
            category = _read_category(part, faults)
            if category is not None:
                found.append(category)
    return tuple(found)


def _read_category(text: str, faults: list[Fault]) -> CategoryRef | None:
    term, _, rest = text.partition(";")
    term = term.strip(BLANKS)
    try:
        parameters = _parameters(rest)
        if not term:
            raise Malformed("Could not determine the value for: term", "no-term")
        if not TERM.fullmatch(term):
            raise Malformed(f"{shown(term)} is no term", "bad-term")
        if not parameters.get("scheme"):
            raise Malformed("Could not determine the value for: scheme", "no-scheme")
    except Malformed as error:
        form = 'term; scheme="http://...#"; class="kind"'
        faults.append(Fault(CATEGORY, str(error), form, error.code))
        return None
    return CategoryRef(
        term=term,
        scheme=parameters["scheme"],
        cls=parameters.get("class"),
        location=parameters.get("location"),
        rel=parameters.get("rel"),
        title=parameters.get("title"),
    )


def _parameters(text: str) -> dict[str, str]:
    """The ``key="value"`` pairs of a Category or Link; keys in lower case."""
    found: dict[str, str] = {}
    for part in split(text, ";"):
        if not part.strip(BLANKS):
            continue
        key, equals, raw = part.partition("=")
        key = key.strip(BLANKS).lower()
        if not equals or not NAME.fullmatch(key):
            raise Malformed(f"{shown(key)} is no key=value", "bad-parameter")
        try:
            value = unquote(raw)
        except Malformed as error:
            raise Malformed(f"{key}: {error}", error.code) from None
        if found.setdefault(key, value) != value:
            raise Malformed(f"{key} is given twice", "duplicate")
    return found


def read_locations(items: list[str], faults: list[Fault]) -> tuple[str, ...]:
    """Check URLs and paths, adding to ``faults``."""
    found = []
    for item in items:
        location = item.strip(BLANKS)
        if not location or not _is_sound(LOCATION, location, faults):
            continue
        if location.startswith(("/", "http://", "https://")) and " " not in location:
            found.append(location)
        else:
            text = f"{shown(location)} is no location"
            faults.append(Fault(LOCATION, text, "absolute URLs or paths", "bad-location"))
    return tuple(found)


def read_links(text: str, faults: list[Fault]) -> tuple[LinkRef, ...]:
    """Read ``<target>; rel="..."; ...``, adding to ``faults``."""
    if not _is_sound(LINK, text, faults):
        return ()
    found = []
    for part in split(text, ",", inner=";"):
        if not part.strip(BLANKS):
            continue
        target, *rest = split(part.strip(BLANKS), ";")
        target = target.strip(BLANKS)
        try:
            if not (target.startswith("<") and target.endswith(">") and len(target) > 2):
                raise Malformed(f"{shown(target)} is no target", "bad-link")
            parameters = _parameters(";".join(rest))
        except Malformed as error:
            faults.append(Fault(LINK, str(error), '<target>; rel="..."', error.code))
            continue
        rel, category = parameters.pop("rel", None), parameters.pop("category", None)
        found.append(LinkRef(target[1:-1], rel, category, parameters))
    return tuple(found)


def _is_sound(where: str, text: str, faults: list[Fault]) -> bool:
    control = CONTROL.search(text)
    if control:
        reason = f"control character U+{ord(control[0]):04X}"
        faults.append(Fault(where, reason, "printable characters", "control-character"))
    elif len(text) > MAX_LENGTH:
        faults.append(Fault(where, f"{len(text)} characters", f"at most {MAX_LENGTH}", "too-long"))
    else:
        return True
    return False
