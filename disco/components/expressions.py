"""The Jinja environment of components: strict, without a cloud's knowledge.

``when`` conditions are expressions over the component's own properties.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError, meta, nodes

from disco.errors import ComponentError

_ENVIRONMENT = Environment(undefined=StrictUndefined, autoescape=False)


#: each is compiled once, however often a cluster is asked for
_template = lru_cache(maxsize=4096)(_ENVIRONMENT.from_string)
_expression = lru_cache(maxsize=4096)(_ENVIRONMENT.compile_expression)


def parse_template(text: str) -> str | None:
    """What is wrong with the syntax of a template, or None."""
    try:
        _ENVIRONMENT.parse(text)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        return f"line {line}: {error.message}" if line else str(error.message)
    return None


def render(text: str, names: Mapping[str, object]) -> str:
    """A text from a declaration that asks for nothing but ``names``.

    Raises:
        ComponentError: it asks for more, or is no template.
    """
    try:
        return _template(text).render(names)
    except (TemplateError, TypeError, ValueError, LookupError) as error:
        raise ComponentError(f"{text!r} cannot be rendered: {error}") from error


def names_in(expression: str) -> set[str]:
    """The names that an expression asks for; ValueError when it is none."""
    try:
        template = _ENVIRONMENT.parse("{{ (" + expression + ") }}")
    except TemplateError as error:
        raise ValueError(str(error.message)) from None
    output = template.body[0] if len(template.body) == 1 else None
    if not (isinstance(output, nodes.Output) and len(output.nodes) == 1):
        raise ValueError("this is no single expression")
    return meta.find_undeclared_variables(template)


def holds(expression: str, values: Mapping[str, object]) -> bool:
    """Whether a ``when`` condition is true for a component's property values."""
    try:
        return bool(_expression(expression)(**_names(values)))
    except Exception as error:  # whatever an operator's expression may raise
        raise ComponentError(f"the condition {expression!r} cannot be evaluated: {error}") from None


def number(expression: str, values: Mapping[str, object]) -> int:
    """The number that an expression over a component's property values gives."""
    try:
        found: Any = _expression(expression)(**_names(values))
        return int(found)
    except Exception as error:  # whatever an operator's expression may raise
        raise ComponentError(f"{expression!r} is no number here: {error}") from None


def _names(values: Mapping[str, object]) -> dict[str, object]:
    """Property names as Jinja can write them: ``a.b-c`` is asked for as ``a_b_c``."""
    return {variable(name): value for name, value in values.items()}


def variable(name: str) -> str:
    """A property's name as a Jinja variable."""
    return name.replace(".", "_").replace("-", "_")
