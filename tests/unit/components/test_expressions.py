import pytest

from disco.components.expressions import (
    evaluate_condition,
    evaluate_number,
    find_names,
    find_template_faults,
    render_text,
    variable_name,
)
from disco.errors import ComponentError


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("plain text", None),
        ("{{ component.home }}", None),
        ("{{ properties.mode }} {{ properties['conf.main'].get('x') }}", None),
        ("{{ properties.get('other') }}", None),
        ("{% set properties = {'other': 1} %}{{ properties.other }}", None),
        ("{{ others.spark.properties.other }}", None),
        ("a\n{{", "invalid Jinja template: line 2: unexpected 'end of template'"),
        ("{% if %}", "invalid Jinja template: line 1: Expected an expression"),
        ("{{ 1 | nofilter }}", None),  # filters are those of the renderer
        ("a\n{{ properties.other }}", 'line 2: unknown property "other"'),
        ("{{ properties['other'] }}", 'line 1: unknown property "other"'),
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "invalid Jinja template: it is nested"),
    ],
)
def test_a_template_has_these_faults(text, fault):
    faults = list(find_template_faults(text, {"mode", "conf.main"}))
    assert len(faults) == (fault is not None)
    assert all(said.startswith(fault) for said, _ in faults)


def test_each_unknown_property_is_named_once():
    text = "{{ properties.a }}{{ properties.b }}{{ properties.a }}"
    assert len(list(find_template_faults(text, set()))) == 2
    assert list(find_template_faults(text)) == []


def test_names_of_an_expression_are_found():
    assert find_names("mode == 'yarn' and size | int > 3") == {"mode", "size"}


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "empty"),
        (" ", "empty"),
        ("mode ==", "unexpected"),
        ("a }} {{ b", "unexpected|more than one"),
        ("a) }}{{ (b", "more than one"),
        ("mode | nofilter", "nofilter"),
        ("(" * 3000 + "1" + ")" * 3000, "nested too deeply"),
    ],
)
def test_what_is_not_one_expression_is_refused_with_the_reason(expression, reason):
    with pytest.raises(ValueError, match=reason):
        find_names(expression)


def test_conditions_see_properties_under_names_that_jinja_can_write():
    assert variable_name("conf.log-level") == "conf_log_level"
    assert evaluate_condition("conf_log_level == 'x'", {"conf.log-level": "x"}) is True
    assert evaluate_condition("mode == 'x'", {"mode": "y"}) is False


@pytest.mark.parametrize("expression", ["nothing", "1 / 0", "mode.x.y"])
def test_a_condition_that_fails_is_named(expression):
    with pytest.raises(ComponentError) as caught:
        evaluate_condition(expression + " == 1", {"mode": None})
    assert expression in caught.value.message


def test_a_number_is_evaluated_or_refused():
    assert evaluate_number("[size, 3] | min", {"size": 7}) == 3
    with pytest.raises(ComponentError, match="'size' does not give a number"):
        evaluate_number("size", {"size": "many"})


def test_a_text_asks_for_given_names_only():
    assert render_text("a-{{ version }}", {"version": "1"}) == "a-1"
    with pytest.raises(ComponentError, match="cannot be rendered"):
        render_text("a-{{ other }}", {"version": "1"})
