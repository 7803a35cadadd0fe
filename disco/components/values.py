"""Property values: text on the wire, typed in templates."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from disco.components.model import Property

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_MAX_LENGTH = 4096
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def allowed(prop: Property) -> str:
    """What a property accepts, in words."""
    if prop.type == "int":
        return f"a whole number{_range(prop)}"
    if prop.type == "bool":
        return "true or false"
    if prop.type == "enum":
        return ", ".join(prop.values)
    if prop.type == "cidr":
        return f"an IPv4 network such as 192.168.16.0/20{_range(prop, 'with a prefix length ')}"
    if prop.type == "duration":
        bounds = _range(prop, "in seconds ")
        return f"a time such as 90s, 15m, 2h or 1d{bounds and ','}{bounds}"
    if prop.pattern is not None:
        return f"text that matches {prop.pattern}"
    return "text"


def _range(prop: Property, what: str = "") -> str:
    low, high = prop.minimum, prop.maximum
    if low is not None and high is not None:
        return f" {what}from {low} to {high}"
    if low is not None:
        return f" {what}of at least {low}"
    return f" {what}of at most {high}" if high is not None else ""


def parse(prop: Property, text: str) -> object:
    """The typed value of ``text``: str, int or bool; networks stay text, made canonical.

    Raises:
        ValueError: the property does not accept it; the message never
            repeats a secret.
    """
    if _CONTROL.search(text):
        raise ValueError("has a control character in it")
    if len(text) > _MAX_LENGTH:
        raise ValueError(f"is longer than {_MAX_LENGTH} characters")
    value = _typed(prop, text.strip() if prop.type != "secret" else text)
    if prop.pattern is not None and not re.fullmatch(prop.pattern, str(value)):
        shown = "the value" if prop.type == "secret" else repr(text)
        raise ValueError(f"{shown} is not of the form asked for")
    return value


def _typed(prop: Property, text: str) -> object:
    if prop.type == "int":
        return _int(prop, text)
    if prop.type == "bool":
        if text.lower() in _TRUE | _FALSE:
            return text.lower() in _TRUE
        raise ValueError(f"{text!r} is neither true nor false")
    if prop.type == "enum" and text not in prop.values:
        raise ValueError(f"{text!r} is not one of the choices")
    if prop.type == "cidr":
        return _cidr(prop, text)
    if prop.type == "duration":
        return _duration(prop, text)
    return text


def _duration(prop: Property, text: str) -> int:
    """Seconds; as ``90``, ``90s``, ``15m``, ``2h`` or ``1d``."""
    match = re.fullmatch(r"([0-9]{1,9})([smhd]?)", text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is no time")
    unit = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]
    return _in_range(prop, int(match[1]) * unit, text)


def _int(prop: Property, text: str) -> int:
    # int() takes underscores and foreign digits, and its time grows with the length
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise ValueError(f"{text[:40]!r} is not a whole number")
    return _in_range(prop, int(text), text)


def _cidr(prop: Property, text: str) -> str:
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not an IPv4 network: {error}") from None
    _in_range(prop, network.prefixlen, text)
    return str(network)


def _in_range(prop: Property, number: int, text: str) -> int:
    if prop.minimum is not None and number < prop.minimum:
        raise ValueError(f"{text} is too small")
    if prop.maximum is not None and number > prop.maximum:
        raise ValueError(f"{text} is too large")
    return number


def check_declaration(prop: Property) -> Iterator[str]:
    """What is wrong with a property as declared, beyond its schema."""
    if (prop.type == "enum") != bool(prop.values):
        yield "`values` belongs to type enum, and type enum needs it"
    if prop.generate is not None and prop.type != "secret":
        yield "`generate` belongs to type secret"
    if prop.type == "secret" and prop.default is not None:
        yield "a secret has no default; use `generate`"
    if prop.family and (prop.required or prop.default is not None or prop.type == "secret"):
        yield "a family of names cannot be required, secret, or have a default"
    if prop.unless and not prop.required:
        yield "`unless` is for what is required otherwise"
    if prop.required and prop.default is not None:
        yield "`required` and `default` exclude each other"
    if (prop.minimum is not None or prop.maximum is not None) and prop.type not in (
        "int",
        "cidr",
        "duration",
    ):
        yield "`min` and `max` belong to the types int, cidr and duration"
    if prop.pattern is not None:
        try:
            re.compile(prop.pattern)
        except re.error as error:
            yield f"pattern: {error}"
            return
    if prop.default:
        try:
            parse(prop, prop.default)
        except ValueError as error:
            yield f"default: {error}"
