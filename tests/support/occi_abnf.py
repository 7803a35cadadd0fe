"""The grammars of OCCI's text renderings: GFD.185 (1.1), section 3.5, and GFD.229 (1.2), section 4.

As regular expressions over what is on the wire, UTF-8 read as latin-1, named as their rules are;
and as strategies that make what they allow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hypothesis import strategies as st

# RFC 3986, by its characters
_URI_CHARS = r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*"
URI = rf"[A-Za-z][A-Za-z0-9+.-]*:{_URI_CHARS}"
URI_REFERENCE = _URI_CHARS
# RFC 7230, 3.2.6; the older one of RFC 2616 allows more
QUOTED = r'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*"'
TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
BLANKS = r"[ \t]*"


@dataclass(frozen=True)
class Abnf:
    """One version's rules; they differ in terms and names."""

    version: str
    term: str
    attribute_name: str

    @property
    def type_id(self) -> str:
        # a scheme is a URI that ends where the term begins
        return rf"[A-Za-z][A-Za-z0-9+.-]*:[^\s\"#]*#{self.term}"

    @property
    def category(self) -> str:
        definition = (
            rf"{self.attribute_name}(?:\{{(?:immutable|required)(?: +(?:immutable|required))*\}})?"
        )
        types = rf"{self.type_id}(?: +{self.type_id})*"
        parts = [
            ("scheme", rf'"{URI}"'),
            ("class", r'(?:"(?:action|mixin|kind)"|action|mixin|kind)'),
            ("title", QUOTED),
            ("rel", rf'"{self.type_id}"'),
            ("location", rf'"{URI}"'),
            ("attributes", rf'"{definition}(?: +{definition})*"'),
            ("actions", rf'"{types}"'),
        ]
        text = self.term
        for name, value in parts:
            part = rf"{BLANKS};{BLANKS}{name}{BLANKS}={BLANKS}{value}"
            text += part if name in ("scheme", "class") else f"(?:{part})?"
        return text

    @property
    def attribute(self) -> str:
        number = r"[0-9]*(?:\.[0-9]*)?"
        return rf"{self.attribute_name}=(?:{QUOTED}|{number}|true|false)"

    @property
    def action_link(self) -> str:
        # the examples have paths where the rule says URI
        return rf'<{URI_REFERENCE}\?action={self.term}>{BLANKS};{BLANKS}rel="{self.type_id}"'

    def line(self, name: str) -> str:
        value = {
            "Category": self.category,
            "Link": self.action_link,
            "X-OCCI-Attribute": self.attribute,
            "X-OCCI-Location": URI_REFERENCE,
        }[name]
        return rf"{name}: {value}"

    def header(self, name: str) -> re.Pattern[str]:
        """A header's value: a list with commas."""
        value = self.line(name).removeprefix(f"{name}: ")
        return re.compile(rf"{value}(?:{BLANKS},{BLANKS}{value})*")

    @property
    def resource(self) -> re.Pattern[str]:
        lines = [rf"(?:{self.line(n)}\r\n)" for n in ("Category", "Link", "X-OCCI-Attribute")]
        return re.compile(rf"{lines[0]}+{lines[1]}*{lines[2]}*")

    @property
    def categories(self) -> re.Pattern[str]:
        return re.compile(rf"(?:{self.line('Category')}\r\n)*")

    @property
    def locations(self) -> re.Pattern[str]:
        return re.compile(rf"(?:{self.line('X-OCCI-Location')}\r\n)*")


_COMPONENT = "[a-z][a-z0-9_-]*"
OCCI_11 = Abnf("1.1", _COMPONENT, rf"{_COMPONENT}(?:\.{_COMPONENT})*")
OCCI_12 = Abnf("1.2", "[A-Za-z0-9][A-Za-z0-9._-]*", "[A-Za-z0-9][A-Za-z0-9._-]*")
VERSIONS = (OCCI_11, OCCI_12)

# -- what the grammars allow -----------------------------------------------

#: of printable text; lone surrogates are none
PRINTABLE = st.characters(exclude_categories=("Cc", "Cs"))
blanks = st.sampled_from(["", " ", "  ", "\t"])


LOWER, DIGITS = "abcdefghijklmnopqrstuvwxyz", "0123456789"
IN_PATHS = f"{LOWER}{DIGITS}-._~:@!$&'()*+,;="


def text_of(first: str, rest: str, most: int = 12) -> st.SearchStrategy[str]:
    """Texts of a character of ``first`` and at most so many of ``rest``."""
    return st.builds(str.__add__, st.sampled_from(first), st.text(rest, max_size=most))


_component = text_of(LOWER, f"{LOWER}{DIGITS}-_")
_word_12 = text_of(f"{LOWER}{LOWER.upper()}{DIGITS}", f"{LOWER}{LOWER.upper()}{DIGITS}-_.", 20)
terms = {"1.1": _component, "1.2": _word_12}
names = {
    "1.1": st.lists(_component, min_size=1, max_size=3).map(".".join),
    "1.2": _word_12,
}
_path = st.lists(text_of("/", IN_PATHS, 8), min_size=1, max_size=3).map("".join)
_host = text_of(LOWER, LOWER, 6)
schemes = st.builds("{}://{}{}#".format, st.sampled_from(["http", "urn", "a+b-c.d"]), _host, _path)
uris = st.builds("{}://{}{}".format, st.sampled_from(["http", "https"]), _host, _path)
paths = st.builds("{}{}".format, _path, st.sampled_from(["", "?action=x", "?a=b,c;d"]))
#: as written and as meant; only the two escapes that senders should use change anything
quoted_strings = st.lists(
    PRINTABLE.filter(lambda c: c not in '"\\').map(lambda c: (c, c))
    | st.sampled_from([('\\"', '"'), ("\\\\", "\\"), ("\\n", "\\n"), ("\\a", "\\a")]),
    max_size=20,
).map(lambda pieces: ('"' + "".join(p[0] for p in pieces) + '"', "".join(p[1] for p in pieces)))
bare_values = (
    st.text(DIGITS, max_size=5)
    | st.builds("{}.{}".format, st.text(DIGITS, max_size=3), st.text(DIGITS, max_size=3))
    | st.sampled_from(["true", "false"])
).map(lambda text: (text, text))


@st.composite
def category_values(draw: st.DrawFn, abnf: Abnf) -> tuple[str, str, str]:
    """A category as text, with its term and scheme."""
    term, scheme = draw(terms[abnf.version]), draw(schemes)
    cls = draw(st.sampled_from(["kind", "mixin", "action"]))
    defined = draw(st.lists(names[abnf.version], min_size=1, max_size=3))
    flags = draw(st.sampled_from(["", "{required}", "{immutable}", "{immutable required}"]))
    parts = [
        ("scheme", f'"{scheme}"'),
        ("class", draw(st.sampled_from([cls, f'"{cls}"']))),
    ]
    optional = [
        ("title", draw(quoted_strings)[0]),
        ("rel", f'"{draw(schemes)}{draw(terms[abnf.version])}"'),
        ("location", f'"{draw(uris)}"'),
        ("attributes", f'"{" ".join(name + flags for name in defined)}"'),
        ("actions", f'"{draw(schemes)}{draw(terms[abnf.version])}"'),
    ]
    parts += [part for part in optional if draw(st.booleans())]
    text = term
    for name, value in parts:
        a, b, c, d = (draw(blanks) for _ in range(4))
        text += f"{a};{b}{name}{c}={d}{value}"
    return text, term, scheme


@st.composite
def attribute_values(draw: st.DrawFn, abnf: Abnf) -> dict[str, tuple[str, str]]:
    """Attributes: by name, the value as written and as meant."""
    return draw(st.dictionaries(names[abnf.version], quoted_strings | bare_values, max_size=5))


@st.composite
def link_values(draw: st.DrawFn, abnf: Abnf) -> tuple[str, str, dict[str, str]]:
    """A link as text, with its target and its attributes."""
    target = draw(uris | paths)
    rel = f"{draw(schemes)}{draw(terms[abnf.version])}"
    text = f'<{target}>{draw(blanks)};{draw(blanks)}rel="{rel}"'
    known = ("rel", "category", "self")
    if draw(st.booleans()):
        text += f'; self="{draw(paths)}"'
    given: dict[str, str] = {}
    if draw(st.booleans()):
        text += f'; category="{draw(schemes)}{draw(terms[abnf.version])}"'
        tokens = text_of(LOWER, f"{LOWER}{DIGITS}.+-", 8).map(lambda t: (t, t))
        own = names[abnf.version].map(str.lower).filter(lambda name: name not in known)
        pairs = draw(st.dictionaries(own, quoted_strings | tokens, max_size=3))
        for name, (written, meant) in pairs.items():
            text += f"; {name}={written}"
            given[name] = meant
    return text, target, given
