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


def short(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(pattern, fullmatch=True, alphabet=st.characters(codec="ascii")).filter(
        lambda text: len(text) <= 60
    )


schemes = short(r"[a-z][a-z0-9+.-]{0,3}:[a-z0-9/;?:@&=+$,.~()!*'-]{1,12}#")
uris = short(r"https?://[a-z]{1,6}(:[0-9]{1,4})?(/[a-z0-9;:@&=+$,.~()!*'-]{0,8}){1,3}")
paths = short(r"(/[a-z0-9;:@&=+$,.~()!*'-]{1,8}){1,3}(\?[a-z=&,;]{0,8})?")
#: as written and as meant; only the two escapes that senders should use change anything
quoted_strings = st.lists(
    PRINTABLE.filter(lambda c: c not in '"\\').map(lambda c: (c, c))
    | st.sampled_from([('\\"', '"'), ("\\\\", "\\"), ("\\n", "\\n"), ("\\a", "\\a")]),
    max_size=20,
).map(lambda pieces: ('"' + "".join(p[0] for p in pieces) + '"', "".join(p[1] for p in pieces)))
bare_values = (short("[0-9]{0,5}") | short(r"[0-9]{0,3}\.[0-9]{0,3}") | st.sampled_from(["true", "false"])).map(
    lambda text: (text, text)
)  # fmt: skip


@st.composite
def category_values(draw: st.DrawFn, abnf: Abnf) -> tuple[str, str, str]:
    """A category as text, with its term and scheme."""
    term, scheme = draw(short(abnf.term)), draw(schemes)
    cls = draw(st.sampled_from(["kind", "mixin", "action"]))
    names = draw(st.lists(short(abnf.attribute_name), min_size=1, max_size=3))
    flags = draw(st.sampled_from(["", "{required}", "{immutable}", "{immutable required}"]))
    parts = [
        ("scheme", f'"{scheme}"'),
        ("class", draw(st.sampled_from([cls, f'"{cls}"']))),
    ]
    optional = [
        ("title", draw(quoted_strings)[0]),
        ("rel", f'"{draw(schemes)}{draw(short(abnf.term))}"'),
        ("location", f'"{draw(uris)}"'),
        ("attributes", f'"{" ".join(name + flags for name in names)}"'),
        ("actions", f'"{draw(schemes)}{draw(short(abnf.term))}"'),
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
    names = short(abnf.attribute_name)
    return draw(st.dictionaries(names, quoted_strings | bare_values, max_size=5))


@st.composite
def link_values(draw: st.DrawFn, abnf: Abnf) -> tuple[str, str, dict[str, str]]:
    """A link as text, with its target and its attributes."""
    target = draw(uris | paths)
    rel = f"{draw(schemes)}{draw(short(abnf.term))}"
    text = f'<{target}>{draw(blanks)};{draw(blanks)}rel="{rel}"'
    known = ("rel", "category", "self")
    if draw(st.booleans()):
        text += f'; self="{draw(paths)}"'
    given: dict[str, str] = {}
    if draw(st.booleans()):
        text += f'; category="{draw(schemes)}{draw(short(abnf.term))}"'
        values = quoted_strings | short(r"[a-z0-9.+-]{1,8}").map(lambda t: (t, t))
        names = short(abnf.attribute_name).map(str.lower).filter(lambda name: name not in known)
        for name, (written, meant) in draw(st.dictionaries(names, values, max_size=3)).items():
            text += f"; {name}={written}"
            given[name] = meant
    return text, target, given
