"""The types that the fields of ``component.yaml`` have, each with its check.

A type's ``description`` says in words what it accepts; it stands in the JSON schema and in
the sentence of a fault. Checks that look beyond the value itself (is there such a template,
such a property, such a component?) take what they need from a ``FolderContext``; without
one, as where a test makes a component, they are left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from disco.components.expressions import (
    FRAMEWORKS,
    WORKERS,
    find_names,
    find_template_faults,
)

#: The type of the errors that ``fault`` makes.
FAULT = "disco_fault"

T = TypeVar("T")
K = TypeVar("K")


def fault(message: str, allowed: str | None = None) -> PydanticCustomError:
    """Make the error that a check raises: what is wrong, and what is allowed."""
    return PydanticCustomError(FAULT, "{message}", {"message": message, "allowed": allowed})


def quote(value: object) -> str:
    """Write a value as it is shown in a sentence."""
    if isinstance(value, dict | list | tuple):
        return "a mapping" if isinstance(value, dict) else "a list"
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except ValueError:
        text = "the value"
    return text if len(text) <= 60 else f"{text[:57]}..."


@dataclass(frozen=True)
class FolderContext:
    """What the checks of one description take from outside the field that they check.

    Attributes:
        folder_name: name of the component's folder.
        keys: keys that the description has.
        states: of the component; None when they are not known.
        versions: likewise.
        variables: the component's properties, as expressions name them; None when they are
            not known, as for the next two.
        property_names: names of its properties.
        template_names: names under which its templates find them.
        templates: paths of the templates in the folder.
        components: every component with its states; None for states that are not known.
    """

    folder_name: str
    keys: frozenset[str]
    states: tuple[str, ...] | None
    versions: tuple[str, ...] | None
    variables: frozenset[str] | None
    property_names: frozenset[str] | None
    template_names: frozenset[str] | None
    templates: frozenset[str]
    components: Mapping[str, tuple[str, ...] | None]


#: YAML 1.1's other words for truth values, which are text elsewhere
_TRUTHS = {
    word: truth
    for name, truth in (("yes", True), ("on", True), ("no", False), ("off", False))
    for word in (name, name.capitalize(), name.upper())
}


class Part(BaseModel):
    """Base of what ``component.yaml`` is made of: immutable, strict, with no other keys."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", validate_by_name=True, validate_by_alias=True
    )

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_empty(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None and info.context is not None:
            raise fault("has no value", "a value, or no such key")
        if isinstance(value, str) and cls.model_fields[str(info.field_name)].annotation is bool:
            return _TRUTHS.get(value, value)
        return value


# -- collections --------------------------------------------------------------


def _to_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _check_unique(values: tuple[str, ...]) -> tuple[str, ...]:
    for place, value in enumerate(values):
        if value in values[:place]:
            raise fault(f"contains {quote(value)} twice", "each value once")
    return values


Items = Annotated[tuple[T, ...], BeforeValidator(_to_tuple)]
NonEmptyItems = Annotated[tuple[T, ...], Field(min_length=1), BeforeValidator(_to_tuple)]
UniqueItems = Annotated[
    tuple[T, ...],
    BeforeValidator(_to_tuple),
    AfterValidator(_check_unique),
    Field(json_schema_extra={"uniqueItems": True}),
]
NonEmptyUniqueItems = Annotated[
    tuple[T, ...],
    Field(min_length=1),
    BeforeValidator(_to_tuple),
    AfterValidator(_check_unique),
    Field(json_schema_extra={"uniqueItems": True}),
]
#: A dictionary that nobody changes.
Table = Annotated[Mapping[K, T], AfterValidator(MappingProxyType)]

# -- text ---------------------------------------------------------------------


def _text(pattern: str, description: str) -> Any:
    return Field(pattern=pattern, description=description)


Line = Annotated[str, _text(r"^[^\r\n]*$", "one line of text")]
#: Component and state names become parts of bash function, unit and attribute names.
Name = Annotated[
    str,
    _text(
        r"^[a-z][a-z0-9_]{0,31}$",
        "a lower-case letter, then at most 31 lower-case letters, digits and _",
    ),
]
#: As OCCI attribute names have it; a final ``.*`` takes a whole family of names.
PropertyName = Annotated[
    str,
    _text(
        r"^[a-z][a-z0-9]*([._-][A-Za-z0-9]+)*(\.\*)?$",
        "words of letters and digits, the first in lower case, joined by ., _ or -; "
        "with .* at the end for a family of names",
    ),
]
Version = Annotated[
    str,
    _text(
        r"^[0-9][0-9A-Za-z.+_-]{0,31}$",
        'a version in quotes, such as "3.5.0": a digit, then at most 31 letters, digits and .+_-',
    ),
]
NodePath = Annotated[
    str, _text(r"^/[^\s'\"]+$", "an absolute path on the node, without spaces and quotes")
]
JarFolder = Annotated[
    str,
    _text(r"^[a-z0-9_-]+(/[a-z0-9_-]+)*$", "a folder below the component's home, such as lib"),
]
UserName = Annotated[
    str,
    _text(
        r"^[a-z_][a-z0-9_-]{0,31}$",
        "the name of a Linux user: at most 32 lower-case letters, digits, _ and -",
    ),
]
Owner = Annotated[
    str, _text(r"^[a-z_][a-z0-9_-]*:[a-z_][a-z0-9_-]*$", "user:group, such as root:root")
]
FileMode = Annotated[
    str, _text(r"^0?[0-7]{3}$", 'an octal file mode in quotes, such as "0644" or "755"')
]
DaemonName = Annotated[
    str,
    _text(
        r"^[a-z][a-z0-9-]{0,31}$",
        "a lower-case letter, then at most 31 lower-case letters, digits and -",
    ),
]
EnvironmentName = Annotated[
    str,
    _text(r"^[A-Za-z_][A-Za-z0-9_]*$", "the name of a variable: letters, digits and _"),
]
UrlPath = Annotated[str, _text("^/", "the path of a page, such as /status")]
Sha512 = Annotated[
    str, _text("^[0-9a-f]{128}$", "a SHA-512 digest: 128 lower-case hexadecimal digits")
]

# -- numbers ------------------------------------------------------------------

Seconds = Annotated[int, Field(ge=1, le=7200)]

# -- what other things must be there for --------------------------------------


def _check_template_path(path: str, info: ValidationInfo) -> str:
    context: FolderContext | None = info.context
    if context is not None and path not in context.templates:
        present = ", ".join(sorted(context.templates)) or "files that end in .j2 or .sh"
        raise fault(f"there is no template {quote(path)} in the folder", present)
    return path


#: A dot is followed by something else: no ".." leads out of the folder.
TemplatePath = Annotated[
    str,
    _text(
        r"^\.?[A-Za-z0-9_-](\.?[A-Za-z0-9_/-])*$",
        "the path of a template in the component's folder, such as master/install.sh.j2",
    ),
    AfterValidator(_check_template_path),
]


def check_template_text(text: str, info: ValidationInfo) -> str:
    """Refuse what is not a template, and what asks for properties that do not exist."""
    context: FolderContext | None = info.context
    names = context.template_names if context is not None else None
    for message, allowed in find_template_faults(text, names):
        raise fault(message, allowed)
    return text


TemplateText = Annotated[str, AfterValidator(check_template_text)]
NonEmptyTemplateText = Annotated[
    str, Field(min_length=1, description="text"), AfterValidator(check_template_text)
]
FileName = Annotated[
    str,
    _text(r"^[^/\s]+$|\{\{", "the name of a file, without / and spaces"),
    AfterValidator(check_template_text),
]
Url = Annotated[
    str,
    _text("^https?://", "the URL of a folder, http or https"),
    AfterValidator(check_template_text),
]
TemplateLine = Annotated[Line, AfterValidator(check_template_text)]


def write_scalar(value: Any) -> Any:
    """Write a number or a truth value of the description as text, as it is kept."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) < 10**18:
        return str(value)
    return value


_SCALAR_SCHEMA = {
    "type": ["string", "integer", "boolean"],
    "description": "text, a whole number, true or false",
}
_NUMBER_SCHEMA = {"type": ["string", "integer"], "description": "text or a whole number"}


def _write_number(value: Any) -> Any:
    return value if isinstance(value, bool) else write_scalar(value)


#: Text, where a number or a truth value is taken as well.
Scalar = Annotated[str, BeforeValidator(write_scalar), WithJsonSchema(_SCALAR_SCHEMA)]
#: Likewise, a template.
TemplateScalar = Annotated[
    str,
    BeforeValidator(_write_number),
    AfterValidator(check_template_text),
    WithJsonSchema(_NUMBER_SCHEMA),
]


def _check_expression(*extra: str) -> Callable[[str, ValidationInfo], str]:
    def check(text: str, info: ValidationInfo) -> str:
        context: FolderContext | None = info.context
        try:
            names = find_names(text)
        except ValueError as error:
            raise fault(f"{quote(text)} is not a Jinja expression: {error}") from None
        if context is not None and context.variables is not None:
            unknown = names - context.variables - set(extra)
            if unknown:
                known = ", ".join([*sorted(context.variables), *extra])
                message = f"{quote(text)} uses unknown names: {', '.join(sorted(unknown))}"
                raise fault(message, known or "an expression without names")
        return text

    return check


#: An expression over the component's properties.
RequirementCondition = Annotated[Line, AfterValidator(_check_expression())]
#: Likewise; it also sees the names of the cluster's frameworks.
Condition = Annotated[Line, AfterValidator(_check_expression(FRAMEWORKS))]
#: Likewise; it also sees how many workers the cluster was created with.
WorkerNumber = Annotated[Line, AfterValidator(_check_expression(FRAMEWORKS, WORKERS))]


def _check_component(name: str, info: ValidationInfo) -> str:
    context: FolderContext | None = info.context
    if context is not None and name not in context.components:
        raise fault(f"unknown component {quote(name)}", ", ".join(sorted(context.components)))
    return name


ComponentName = Annotated[str, AfterValidator(_check_component)]


def _check_own_state(state: str, info: ValidationInfo) -> str:
    context: FolderContext | None = info.context
    if context is not None and context.states is not None and state not in context.states:
        raise fault(f"unknown state {quote(state)}", ", ".join(context.states))
    return state


OwnState = Annotated[str, AfterValidator(_check_own_state)]
