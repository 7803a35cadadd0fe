"""The Jinja environment in which stacks and nodes' scripts are rendered."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from xml.sax.saxutils import escape

from argon2.low_level import Type, hash_secret
from jinja2 import DictLoader, Environment, StrictUndefined, TemplateError

from disco.components.loader import Catalogue
from disco.errors import ComponentError

#: Facts that a node fills in itself; see docs/components.md.
FACT = re.compile(r"(\$\{DISCO_[A-Z_]+\})")
# OWASP's second choice for argon2id: 19 MiB, two passes
_ARGON2 = {"time_cost": 2, "memory_cost": 19456, "parallelism": 1, "hash_len": 32}


class Names:
    """A read-only mapping for templates whose methods hide none of its keys."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> object:
        return self._values[name]

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class _Environment(Environment):
    """Includes are looked up in the folder of the component that asks."""

    def join_path(self, template: str, parent: str) -> str:
        return f"{parent.split('/', 1)[0]}/{template}"


class Templates:
    """Renders the templates of a catalogue's components, and text from their declarations."""

    def __init__(self, catalogue: Catalogue, salt: str) -> None:
        """``salt`` makes the password hashes of one cluster unlike those of any other."""
        self._environment = _Environment(
            loader=DictLoader(
                {f"{c.name}/{p}": t for c in catalogue.values() for p, t in c.templates.items()}
            ),
            undefined=StrictUndefined,
            autoescape=False,  # shell and YAML: values pass through filters
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(_filters(salt))

    def file(self, component: str, path: str, context: Mapping[str, object]) -> str:
        """A template of the component's folder.

        Raises:
            ComponentError: the template is at fault; its file is named.
        """
        return self._render(
            f"{component}/{path}",
            lambda: self._environment.get_template(f"{component}/{path}").render(context),
        )

    def text(self, where: str, text: str, context: Mapping[str, object]) -> str:
        """A text from ``component.yaml``; ``where`` names it in errors."""
        return self._render(where, lambda: self._environment.from_string(text).render(context))

    @staticmethod
    def _render(where: str, render: Callable[[], str]) -> str:
        try:
            return render()
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise ComponentError(f"{where} cannot be rendered: {error}") from error


def _filters(salt: str) -> dict[str, Callable[..., str]]:
    def argon2(value: object) -> str:
        digest = hashlib.sha256(f"disco {salt}".encode()).digest()[:16]
        return hash_secret(str(value).encode(), digest, type=Type.ID, **_ARGON2).decode()

    return {
        "sh": lambda value: shlex.quote(str(value)),
        "json": lambda value: json.dumps(value, ensure_ascii=False),
        "yaml": lambda value: json.dumps(value),  # JSON is YAML, and quotes what it must
        "xml": lambda value: escape(str(value), {'"': "&quot;", "'": "&apos;"}),
        "properties": _java_property,
        "argon2": argon2,
        "sha256": lambda value: hashlib.sha256(str(value).encode()).hexdigest(),
    }


def _java_property(value: object) -> str:
    """Escape a value (or key) for a Java properties file."""
    text = re.sub(r"([\\:=#!])", r"\\\1", str(value))
    text = text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    text = "".join(c if " " <= c <= "~" else f"\\u{ord(c):04x}" for c in text)
    return f"\\{text}" if text.startswith(" ") else text


def shell_word(text: str) -> str:
    """One word of bash in which only ``${DISCO_*}`` is expanded."""
    parts = (f'"{p}"' if FACT.fullmatch(p) else shlex.quote(p) for p in FACT.split(text) if p)
    return "".join(parts) or "''"
