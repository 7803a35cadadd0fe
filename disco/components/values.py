"""Properties as declared, and their values: text on the wire, typed in templates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from pydantic.json_schema import SkipJsonSchema

from disco.attributes import has_secret_twin, names_secret, secret_twin
from disco.components.fields import FolderContext, Line, Part, Scalar, UniqueItems, fault, quote
from disco.formats import Format, check_format, read_network

PropertyType = Literal["str", "int", "bool", "enum", "secret", "cidr", "duration"]

#: The key under which a property is told its name, which is the key of its own mapping.
NAME_KEY = "(name)"

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_MAX_LENGTH = 4096
#: what of a format may be longer: a script in base64
_LONGER: Mapping[str | None, int] = MappingProxyType({"script": 65536})
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_RANGED = ("int", "cidr", "duration")


def _check_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise fault(f"is not a regular expression: {error}") from None
    return pattern


class ValueRules(Part):
    """What a property accepts.

    ``minimum`` and ``maximum`` are of the number, of a CIDR's prefix length, or of the
    seconds of a duration.
    """

    type: PropertyType = "str"
    values: UniqueItems[str] = Field(default=(), validate_default=True)
    minimum: int | None = Field(default=None, validation_alias="min")
    maximum: int | None = Field(default=None, validation_alias="max")
    pattern: Annotated[str, AfterValidator(_check_pattern)] | None = None
    #: what the text means, where not everything of its shape can work
    format: Format | None = None
    #: what the pattern takes, in words; shown instead of it
    accepts: Line | None = None

    @field_validator("values")
    @classmethod
    def _check_values(cls, values: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        kind = info.data.get("type")
        if kind == "enum" and not values:
            raise fault("are required for the type enum", "a list of the values to choose from")
        if kind not in ("enum", None) and values:
            raise fault(f"do not belong to the type {kind}", "values with the type enum")
        return values

    @field_validator("accepts")
    @classmethod
    def _check_accepts(cls, words: str, info: ValidationInfo) -> str:
        known = [info.data.get(name, "unknown") for name in ("pattern", "format")]
        if known == [None, None]:
            raise fault("belongs to a property with a pattern or a format", "with pattern")
        return words

    @field_validator("format")
    @classmethod
    def _check_format(cls, name: Format, info: ValidationInfo) -> Format:
        kind = info.data.get("type")
        if kind not in ("str", "secret", "cidr", None):
            raise fault(f"does not belong to the type {kind}", "with str, secret or cidr")
        return name

    @field_validator("minimum", "maximum")
    @classmethod
    def _check_ranged(cls, bound: int, info: ValidationInfo) -> int:
        kind = info.data.get("type")
        if kind not in (*_RANGED, None):
            raise fault(f"does not belong to the type {kind}", f"with {', '.join(_RANGED)}")
        return bound


class Property(ValueRules):
    """A typed setting: ``...components.<component>.<name>``.

    A name that ends in ``.*`` stands for every attribute that begins with it:
    its value is a mapping of what follows the prefix to the typed values.
    """

    name: SkipJsonSchema[str] = Field(validation_alias=NAME_KEY)
    #: what a form calls it; made of the name where there is none
    title: str = ""
    description: str = ""
    required: bool = False
    #: a property of the same component that makes this one optional when it is given
    unless: str | None = None
    #: length in characters of a secret that is made when none is given
    generate: Annotated[int, Field(ge=8, le=128)] | None = None
    #: listed in the kind's attributes at ``/-/`` beside the manifest's own
    advertised: bool = True
    default: Scalar | None = None

    @property
    def family(self) -> bool:
        """Whether the name stands for all names that begin with it."""
        return self.name.endswith(".*")

    @property
    def key(self) -> str:
        """The name under which templates find the value."""
        return self.name.removesuffix(".*")

    @field_validator("required")
    @classmethod
    def _check_required(cls, required: bool, info: ValidationInfo) -> bool:
        if required and _is_family(info):
            raise fault("a family of names cannot be required")
        return required

    @field_validator("unless")
    @classmethod
    def _check_unless(cls, other: str, info: ValidationInfo) -> str:
        context: FolderContext | None = info.context
        if info.data.get("required") is False:
            raise fault("belongs to a required property", "with required: true")
        names = context.property_names if context is not None else None
        if names is not None and other not in names:
            raise fault(f"unknown property {quote(other)}", ", ".join(sorted(names)))
        return other

    @field_validator("generate")
    @classmethod
    def _check_generate(cls, length: int, info: ValidationInfo) -> int:
        if info.data.get("type") not in ("secret", None):
            raise fault(f"does not belong to the type {info.data['type']}", "with the type secret")
        if _is_family(info):
            raise fault("a family of names cannot be generated")
        if not names_secret(str(info.data.get("name", "password"))):
            raise fault(
                "clients would print the secret, which they tell by its name",
                "a name that ends in password, secret, secretkey, privatekey or token",
            )
        return length

    @field_validator("default")
    @classmethod
    def _check_default(cls, default: str, info: ValidationInfo) -> str:
        if info.data.get("type") == "secret":
            raise fault("a secret cannot have a default", "generate, with its length")
        if _is_family(info):
            raise fault("a family of names cannot have a default")
        if info.data.get("required"):
            raise fault("a required property cannot have a default")
        rules = {name: info.data[name] for name in ValueRules.model_fields if name in info.data}
        if default and len(rules) == len(ValueRules.model_fields):
            accepted = ValueRules.model_construct(**rules)
            try:
                parse_value(accepted, default)
            except ValueError as error:
                raise fault(str(error), describe_allowed(accepted)) from None
        return default


def secret_families(declared: Mapping[str, Property]) -> dict[str, Property]:
    """What takes secret values of the same names as these properties' families."""
    return {
        name: Property(
            name=name,
            type="secret",
            description=f"The same as {family}, for a secret: it is shown nowhere, and in no file"
            " that everybody can read.",
        )
        for family in declared
        if has_secret_twin(family) and family.endswith(".*")
        for name in [secret_twin(family)]
    }


def _is_family(info: ValidationInfo) -> bool:
    return str(info.data.get("name", "")).endswith(".*")


def describe_allowed(rules: ValueRules) -> str:
    """Say in words what a property accepts."""
    if rules.type == "int":
        return f"a whole number{_describe_range(rules)}"
    if rules.type == "bool":
        return "true or false"
    if rules.type == "enum":
        return ", ".join(rules.values)
    if rules.type == "cidr":
        bounds = _describe_range(rules, "with a prefix length ")
        return f"an IPv4 network such as 192.168.16.0/20{bounds}"
    if rules.type == "duration":
        bounds = _describe_range(rules, "in seconds ")
        return f"a time such as 90s, 15m, 2h or 1d{bounds and ','}{bounds}"
    if rules.accepts is not None:
        return rules.accepts
    if rules.pattern is not None:
        return f"text that matches {rules.pattern}"
    return "text"


def _describe_range(rules: ValueRules, what: str = "") -> str:
    low, high = rules.minimum, rules.maximum
    if low is not None and high is not None:
        return f" {what}from {low} to {high}"
    if low is not None:
        return f" {what}of at least {low}"
    return f" {what}of at most {high}" if high is not None else ""


def parse_value(rules: ValueRules, text: str) -> object:
    """Return the typed value of ``text``: str, int or bool; networks are text, canonical.

    Raises:
        ValueError: the property does not accept it; the message never
            repeats a secret.
    """
    if _CONTROL.search(text):
        raise ValueError("contains a control character")
    longest = _LONGER.get(rules.format, _MAX_LENGTH)
    if len(text) > longest:
        raise ValueError(f"is longer than {longest} characters")
    value = _convert(rules, text.strip() if rules.type != "secret" else text)
    if rules.pattern is not None and not re.fullmatch(rules.pattern, str(value)):
        shown = "the value" if rules.type == "secret" else repr(text)
        raise ValueError(f"{shown} does not have the required form")
    if rules.format is not None and text.strip():
        check_format(rules.format, str(value))
    return value


def _convert(rules: ValueRules, text: str) -> object:
    if rules.type == "int":
        return _convert_int(rules, text)
    if rules.type == "bool":
        if text.lower() in _TRUE | _FALSE:
            return text.lower() in _TRUE
        raise ValueError(f"{text!r} is neither true nor false")
    if rules.type == "enum" and text not in rules.values:
        raise ValueError(f"{text!r} is not one of the choices")
    if rules.type == "cidr":
        return _convert_cidr(rules, text)
    if rules.type == "duration":
        return _convert_duration(rules, text)
    return text


def _convert_duration(rules: ValueRules, text: str) -> int:
    """Seconds; of ``90``, ``90s``, ``15m``, ``2h`` or ``1d``."""
    match = re.fullmatch(r"([0-9]{1,9})([smhd]?)", text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is not a duration")
    unit = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]
    return _check_range(rules, int(match[1]) * unit, text)


def _convert_int(rules: ValueRules, text: str) -> int:
    # int() takes underscores and foreign digits, and its time grows with the length
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise ValueError(f"{text[:40]!r} is not a whole number")
    return _check_range(rules, int(text), text)


def _convert_cidr(rules: ValueRules, text: str) -> str:
    network = read_network(text)
    # a shorter prefix is a larger network: neither "small" nor "large" says which is meant
    if rules.minimum is not None and network.prefixlen < rules.minimum:
        raise ValueError(f"{text} has {network.num_addresses} addresses, which are too many")
    if rules.maximum is not None and network.prefixlen > rules.maximum:
        raise ValueError(f"{text} has {network.num_addresses} addresses, which are too few")
    return str(network)


def _check_range(rules: ValueRules, number: int, text: str) -> int:
    if rules.minimum is not None and number < rules.minimum:
        raise ValueError(f"{text} is too small")
    if rules.maximum is not None and number > rules.maximum:
        raise ValueError(f"{text} is too large")
    return number
