"""Jinja in component descriptions: conditions, numbers and texts, and what is wrong with them.

The environment is strict: a name that does not exist is an error, never an empty text.
``when`` conditions are expressions over the component's own properties.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError, meta, nodes

from disco.errors import ComponentError

#: The name under which a condition finds the names of the cluster's frameworks.
FRAMEWORKS = "frameworks"
#: The name under which ``scale_in`` finds how many workers the cluster was created with.
WORKERS = "workers"
#: The name under which a template finds the component's property values.
PROPERTIES = "properties"
#: What templates call on the dictionary itself.
_DICTIONARY_METHODS = frozenset({"get", "items", "keys", "values"})

_ENVIRONMENT = Environment(undefined=StrictUndefined, autoescape=False)  # nosec B701  # no HTML


#: each is compiled once, however often a cluster is asked for
_template = lru_cache(maxsize=4096)(_ENVIRONMENT.from_string)
_expression = lru_cache(maxsize=4096)(_ENVIRONMENT.compile_expression)


def find_template_faults(
    text: str, properties: Collection[str] | None = None
) -> Iterator[tuple[str, str | None]]:
    """Yield what is wrong with a template, each with what is allowed instead.

    Args:
        text: the template.
        properties: names of the properties that it may ask for; None to leave that unchecked.
    """
    if "{" not in text:
        return  # most command lines; parsing is what loading spends its time on
    try:
        tree = _ENVIRONMENT.parse(text)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        place = f"line {line}: " if line else ""
        yield f"invalid Jinja template: {place}{error.message}", None
        return
    except RecursionError:
        yield "invalid Jinja template: it is nested too deeply", None
        return
    if properties is not None and PROPERTIES in text:
        yield from _find_unknown_properties(tree, properties)


def _find_unknown_properties(
    tree: nodes.Template, known: Collection[str]
) -> Iterator[tuple[str, str | None]]:
    names = [n for n in tree.find_all(nodes.Name) if n.name == PROPERTIES]
    if any(n.ctx != "load" for n in names):
        return  # the template gives the name a meaning of its own
    asked: dict[str, int] = {}
    for node in tree.find_all((nodes.Getattr, nodes.Getitem)):
        assert isinstance(node, nodes.Getattr | nodes.Getitem)
        if not (isinstance(node.node, nodes.Name) and node.node.name == PROPERTIES):
            continue
        if isinstance(node, nodes.Getattr):
            asked.setdefault(node.attr, node.lineno)
        elif isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            asked.setdefault(node.arg.value, node.lineno)
    for name in asked:
        if name not in known and name not in _DICTIONARY_METHODS:
            yield f'line {asked[name]}: unknown property "{name}"', ", ".join(sorted(known))


def render_text(text: str, names: Mapping[str, object]) -> str:
    """Render a text from a description that asks for nothing but ``names``.

    Raises:
        ComponentError: it asks for more, or is not a template.
    """
    try:
        return _template(text).render(names)
    except (TemplateError, TypeError, ValueError, LookupError) as error:
        raise ComponentError(f"{text!r} cannot be rendered: {error}") from error


def find_names(expression: str) -> set[str]:
    """Return the names that an expression asks for.

    Raises:
        ValueError: it is not one expression; the message says why.
    """
    if not expression.strip():
        raise ValueError("it is empty")
    try:
        template = _ENVIRONMENT.parse("{{ (" + expression + ") }}")
        output = template.body[0] if len(template.body) == 1 else None
        if not (isinstance(output, nodes.Output) and len(output.nodes) == 1):
            raise ValueError("it is more than one expression")
        return meta.find_undeclared_variables(template)
    except TemplateError as error:
        raise ValueError(str(error.message)) from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def evaluate_condition(expression: str, values: Mapping[str, object]) -> bool:
    """Tell whether a ``when`` condition holds for a component's property values.

    Raises:
        ComponentError: the expression fails for these values.
    """
    try:
        return bool(_expression(expression)(**_name_variables(values)))
    except Exception as error:  # whatever an operator's expression may raise
        raise ComponentError(f"the condition {expression!r} cannot be evaluated: {error}") from None


def evaluate_number(expression: str, values: Mapping[str, object]) -> int:
    """Return the number that an expression over a component's property values gives.

    Raises:
        ComponentError: the expression fails for these values, or gives something else.
    """
    try:
        number: Any = _expression(expression)(**_name_variables(values))
        return int(number)
    except Exception as error:  # whatever an operator's expression may raise
        raise ComponentError(f"{expression!r} does not give a number: {error}") from None


def _name_variables(values: Mapping[str, object]) -> dict[str, object]:
    """The values under names that Jinja can write: ``a.b-c`` is asked for as ``a_b_c``."""
    return {variable_name(name): value for name, value in values.items()}


def variable_name(name: str) -> str:
    """Return the Jinja variable of a property."""
    return name.replace(".", "_").replace("-", "_")
