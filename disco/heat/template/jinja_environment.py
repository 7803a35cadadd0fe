"""The Jinja environment in which stacks and nodes' scripts are rendered."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from xml.sax.saxutils import escape  # nosec B406  # writes, and reads no XML

from argon2.low_level import Type, hash_secret
from jinja2 import (
    DictLoader,
    Environment,
    StrictUndefined,
    Template,
    TemplateError,
    pass_context,
)
from jinja2.runtime import Context

from disco.components.loader import Catalogue
from disco.derived_secrets import GeneratedPassword
from disco.errors import ComponentError
from disco.heat.template.secret_values import hides_secrets
from disco.heat.template.stack_text import quoted

#: Facts that a node fills in itself; see docs/components.md.
FACT = re.compile(r"(\$\{DISCO_[A-Z_]+\})")
#: without one of these a text is what it is rendered to
_MARKUP = re.compile(r"\{[{%#]|\r")
# OWASP's second choice for argon2id: 19 MiB, two passes
_ARGON2 = {"time_cost": 2, "memory_cost": 19456, "parallelism": 1, "hash_len": 32}
# the least that argon2id can be told: what has 128 bits is found by no trying
_ARGON2_OF_GENERATED = {**_ARGON2, "time_cost": 1, "memory_cost": 8}
#: of the cluster that is rendered
_SALT: ContextVar[str] = ContextVar("salt")


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


@lru_cache(maxsize=8)
def _environment(templates: frozenset[tuple[str, str]]) -> Environment:
    """The environment of these templates by name; kept, so that each is compiled only once."""
    environment = _Environment(
        loader=DictLoader(dict(templates)),
        undefined=StrictUndefined,
        autoescape=False,  # shell and YAML: values pass through filters
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=-1,
    )
    environment.filters.update(_FILTERS)
    return environment


@lru_cache(maxsize=4096)
def _compiled(environment: Environment, text: str) -> Template:
    return environment.from_string(text)


class Templates:
    """Renders the templates of a catalogue's components, and text from their declarations."""

    def __init__(self, catalogue: Catalogue, salt: str) -> None:
        """``salt`` makes the password hashes of one cluster unlike those of any other."""
        self._salt = salt
        self._environment = _environment(
            frozenset(
                (f"{c.name}/{path}", text)
                for c in catalogue.values()
                for path, text in c.templates.items()
            )
        )

    def compile(self) -> None:
        """Compile all of them now, but those that cannot be: who uses one hears of it."""
        for name in self._environment.list_templates(extensions=["j2"]):
            with contextlib.suppress(TemplateError):
                self._environment.get_template(name)

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
        if not _MARKUP.search(text):
            return text
        return self._render(where, lambda: _compiled(self._environment, text).render(context))

    def _render(self, where: str, render: Callable[[], str]) -> str:
        token = _SALT.set(self._salt)
        try:
            return render()
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise ComponentError(f"{where} cannot be rendered: {error}") from error
        finally:
            _SALT.reset(token)


def _java_property(value: object) -> str:
    """Escape a value (or key) for a Java properties file."""
    text = re.sub(r"([\\:=#!])", r"\\\1", str(value))
    text = text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    text = _escape_beyond_ascii(text)
    return f"\\{text}" if text.startswith(" ") else text


def _escape_beyond_ascii(text: str) -> str:
    """Escape characters for Java by number: those above U+FFFF are a pair there."""
    units = text.encode("utf-16-be", "surrogatepass")
    codes = [int.from_bytes(units[i : i + 2], "big") for i in range(0, len(units), 2)]
    return "".join(chr(c) if 0x20 <= c <= 0x7E else f"\\u{c:04x}" for c in codes)


def _xml(value: object) -> str:
    # a reader makes a line feed of a carriage return that is not written as a number
    return escape(str(value), {'"': "&quot;", "'": "&apos;", "\r": "&#13;"})


@pass_context  # else Jinja computes it of a constant when it compiles, with one cluster's salt
def _argon2(_: Context, value: object) -> str:
    """The argon2id hash of a password, which a cluster's nodes are told instead of it.

    It is slow for what people choose alone.
    """
    digest = hashlib.sha256(f"disco {_SALT.get()}".encode()).digest()[:16]
    generated = isinstance(value, GeneratedPassword) and value.unguessable
    cost = _ARGON2_OF_GENERATED if generated else _ARGON2
    return hash_secret(str(value).encode(), digest, type=Type.ID, **cost).decode()


_FILTERS: Mapping[str, Callable[..., str]] = {
    form: hides_secrets(form, write)
    for form, write in {
        "sh": lambda value: shlex.quote(str(value)),
        "json": lambda value: json.dumps(value, ensure_ascii=False),
        "yaml": quoted,
        "xml": _xml,
        "properties": _java_property,
        "sha256": lambda value: hashlib.sha256(str(value).encode()).hexdigest(),
    }.items()
} | {"argon2": _argon2}


def shell_word(text: str) -> str:
    """One word of bash in which only ``${DISCO_*}`` is expanded."""
    parts = (f'"{p}"' if FACT.fullmatch(p) else shlex.quote(p) for p in FACT.split(text) if p)
    return "".join(parts) or "''"
