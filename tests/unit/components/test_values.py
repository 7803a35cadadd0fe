import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from disco.components.values import Property, ValueRules, describe_allowed, parse_value
from tests.support.shipped import CATALOGUE

PATTERN = {"pattern": "[a-z]+", "accepts": "lower-case letters"}


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({}, "text"),
        ({"type": "secret"}, "text"),
        ({"type": "int"}, "a whole number"),
        ({"type": "int", "minimum": 1}, "a whole number of at least 1"),
        ({"type": "int", "maximum": 9}, "a whole number of at most 9"),
        ({"type": "int", "minimum": 1, "maximum": 9}, "a whole number from 1 to 9"),
        ({"type": "bool"}, "true or false"),
        ({"type": "enum", "values": ("near", "far")}, "near, far"),
        (
            {"type": "cidr", "maximum": 27},
            "an IPv4 network such as 192.168.16.0/20 with a prefix length of at most 27",
        ),
        ({"type": "duration"}, "a time such as 90s, 15m, 2h or 1d"),
        (
            {"type": "duration", "minimum": 60},
            "a time such as 90s, 15m, 2h or 1d, in seconds of at least 60",
        ),
        (PATTERN, "lower-case letters"),
    ],
)
def test_what_is_allowed_is_said_in_words(rules, words):
    assert describe_allowed(ValueRules(**rules)) == words


@pytest.mark.parametrize(
    ("rules", "text", "value"),
    [
        ({}, " a b ", "a b"),
        ({"type": "secret"}, " a b ", " a b "),
        ({"type": "int"}, "+7", 7),
        ({"type": "bool"}, "Yes", True),
        ({"type": "bool"}, "off", False),
        ({"type": "enum", "values": ("near", "far")}, "far", "far"),
        ({"type": "cidr"}, "10.0.0.0/8", "10.0.0.0/8"),
        ({"type": "duration"}, "90", 90),
        ({"type": "duration"}, "90s", 90),
        ({"type": "duration"}, "15m", 900),
        ({"type": "duration"}, "2h", 7200),
        ({"type": "duration"}, "1d", 86400),
        (PATTERN, "abc", "abc"),
    ],
)
def test_text_becomes_a_typed_value(rules, text, value):
    parsed = parse_value(ValueRules(**rules), text)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("rules", "text", "message"),
    [
        ({}, "bell\x07", "contains a control character"),
        ({}, "x" * 4097, "is longer than 4096 characters"),
        ({"type": "int"}, "two", "'two' is not a whole number"),
        ({"type": "int", "minimum": 1}, "0", "0 is too small"),
        ({"type": "int", "maximum": 9}, "10", "10 is too large"),
        ({"type": "bool"}, "maybe", "'maybe' is neither true nor false"),
        ({"type": "enum", "values": ("near",)}, "far", "'far' is not one of the choices"),
        *(
            ({"type": "cidr"}, text, f"{text!r} is not an IPv4 network: {why}")
            for text, why in (
                ("10.0.0.0/99", "'99' is not a prefix length from 0 to 32"),
                ("10.0.0.0/", "'' is not a prefix length from 0 to 32"),
                ("10.0.0/24", "'10.0.0' has 3 of the 4 numbers of an address"),
                ("10.0.0.256/32", "'256' is not a number from 0 to 255"),
                ("10.0.0.01/32", "'01' is not a number from 0 to 255"),
                ("home", "'home' has 1 of the 4 numbers of an address"),
                ("fd00::/64", "IPv6 is not supported here"),
            )
        ),
        (
            *({"type": "cidr", "minimum": 16}, "10.0.0.0/8"),
            "10.0.0.0/8 has 16777216 addresses, which are too many",
        ),
        (
            *({"type": "cidr", "maximum": 27}, "10.0.0.0/30"),
            "10.0.0.0/30 has 4 addresses, which are too few",
        ),
        ({"type": "duration"}, "soon", "'soon' is not a duration"),
        ({"type": "duration", "maximum": 60}, "2m", "2m is too large"),
        (PATTERN, "A", "'A' does not have the required form"),
        ({"type": "secret", **PATTERN}, "PIN", "the value does not have the required form"),
    ],
)
def test_what_is_not_accepted_is_refused_in_words(rules, text, message):
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        parse_value(ValueRules(**rules), text)


@given(st.sampled_from(["str", "int", "bool", "cidr", "duration", "secret"]), st.text())
def test_any_text_is_a_value_or_a_value_error(kind, text):
    try:
        parse_value(ValueRules(type=kind), text)
    except ValueError as error:
        assert str(error)


def test_each_shipped_pattern_has_its_words():
    without = [
        f"{component.name}.{rules.name}"
        for component in CATALOGUE.values()
        for rules in component.properties.values()
        if rules.pattern is not None and rules.accepts is None
    ]
    assert without == []


def test_a_property_is_immutable_and_knows_its_family():
    rules = Property(name="conf.main.*")
    assert (rules.family, rules.key) == (True, "conf.main")
    assert hash(rules) == hash(Property(name="conf.main.*"))
    with pytest.raises(ValidationError):
        rules.required = True
