from pathlib import Path

import pytest
from pydantic import ValidationError

from disco.components.models import (
    STATES,
    Component,
    Daemon,
    FileTemplate,
    Port,
    Probe,
    Requirement,
    Resources,
    ScaleIn,
    Smoke,
)
from disco.components.values import Property
from tests.support.shipped import CATALOGUE


def make(**given):
    minimal = {"schema_version": 1, "name": "a", "title": "A", "description": "B"}
    return Component(**{**minimal, "folder": Path("a"), "versions": ("1.0",), **given})


def test_what_is_not_said_has_a_default():
    component = make()
    assert component.states == STATES
    assert component.default_state == "ready"
    assert (component.java, component.smoke, component.scale_in) == (None, None, None)
    assert (component.roles, component.requires, component.resources) == ({}, {}, {})
    assert FileTemplate(template="a.j2", path="/a").mode == "0644"
    assert Daemon(name="d", exec="/bin/d").user == "disco"
    assert Resources().weight == 1
    assert Smoke(script="smoke.sh.j2").timeout == 300
    assert ScaleIn().timeout == 1800
    assert Requirement(component="b").state is None


def test_versions_make_a_property():
    version = make(versions=("2.0", "1.0")).properties["version"]
    assert (version.type, version.values) == ("enum", ("2.0", "1.0"))
    assert "version" not in make(base=True, states=("start",), versions=()).properties


def test_properties_are_in_the_order_of_their_names():
    given = {name: Property(name=name) for name in ("z", "a")}
    assert list(make(properties=given).properties) == ["a", "version", "z"]


def test_nothing_of_a_component_can_be_changed():
    spark = CATALOGUE["spark"]
    with pytest.raises(ValidationError):
        spark.name = "other"
    with pytest.raises(ValidationError):
        spark.roles["master"].daemons[0].user = "root"
    for table in (spark.properties, spark.requires, spark.roles, spark.resources, spark.templates):
        with pytest.raises(TypeError):
            table["x"] = None
    with pytest.raises(TypeError):
        spark.roles["master"].daemons[0].environment["x"] = "y"


def test_equal_parts_have_equal_hashes():
    for kind, given in (
        (Port, {"port": 1, "role": "master", "expose": "public"}),
        (Probe, {"tcp": "a:1"}),
        (Requirement, {"component": "b", "when": "mode"}),
    ):
        assert kind(**given) == kind(**given)
        assert len({kind(**given), kind(**given)}) == 1


@pytest.mark.parametrize(
    ("scheme", "expose", "page"),
    [
        ("http", "public", True),
        ("https", "restricted", True),
        ("http", "cluster", False),
        ("tcp", "public", False),
    ],
)
def test_a_page_is_what_a_browser_reaches(scheme, expose, page):
    assert Port(port=1, role="master", expose=expose, scheme=scheme).is_page == page


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (Probe, {}),
        (Probe, {"http": "http://a", "tcp": "a:1"}),
        (Probe, {"http": "http://a", "command": "true"}),
        (Port, {"port": "22", "role": "master", "expose": "public"}),
        (Property, {"name": "a", "colour": "red"}),
        (Property, {"name": "a.*", "required": True}),
        (Property, {"name": "a.*", "type": "secret", "generate": 8}),
        (Property, {"name": "a.*", "default": "x"}),
        (Property, {"name": "a", "type": "secret", "default": "x"}),
        (Property, {"name": "a", "generate": 8}),
        (Property, {"name": "a", "required": True, "default": "x"}),
        (Property, {"name": "a", "unless": "b"}),
        (Property, {"name": "a", "minimum": 1}),
        (Property, {"name": "a", "accepts": "words"}),
        (Property, {"name": "a", "values": ("x",)}),
    ],
)
def test_what_contradicts_itself_is_refused(kind, given):
    with pytest.raises(ValidationError):
        kind(**given)
