"""A user's value, as the program that reads the file sees it."""

import json
import re
from xml.etree import ElementTree

import pytest
import yaml

from disco.heat.template.jinja_environment import Templates
from disco.heat.template.template_context import Contexts
from disco.spec import Flavor
from tests.support.specs import ID, SHIPPED, draft

VALUES = [
    "plain",
    "a clef \U0001d11e and \U0010ffff",
    "\U0001d11e\U0001d11e",
    "äöü \u20ac",
    "=begins",
    ":begins",
    "#begins",
    "!begins",
    "a=b:c d",
    "back\\slash \\u0041 \\",
    "<tag>&amp;'\"",
    '-Dx="y z" -Dk=v',
]
KEYS = ["plain.key", "with:colon", ":first", "a-b_c"]
MEDIUM = Flavor("3", "m1.medium", 8192, 4, 40)


def read_properties(text):
    """As java.util.Properties.load does."""
    found = {}
    lines = iter(text.splitlines())
    for line in lines:
        line = line.lstrip(" \t\f")
        if not line or line[0] in "#!":
            continue
        while len(re.search(r"\\*$", line)[0]) % 2:
            line = line[:-1] + next(lines, "").lstrip(" \t\f")
        key = re.match(r"(?:[^\\=: \t\f]|\\.)*", line, re.S)[0]
        value = re.sub(r"^[ \t\f]*[=:]?[ \t\f]*", "", line[len(key) :])
        found[unescaped(key)] = unescaped(value)
    return found


def unescaped(text):
    """Java's strings are of 16-bit units: pairs become one character, and nothing else does."""
    units, place = [], 0
    while place < len(text):
        char = text[place]
        place += 1
        if char == "\\" and place < len(text):
            char = text[place]
            place += 1
            if char == "u":
                char, place = chr(int(text[place : place + 4], 16)), place + 4
            else:
                char = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}.get(char, char)
        units.append(char)
    return "".join(units).encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")


def read_spark(text):
    """Spark reads its file as Java's properties, and takes blanks from values' ends."""
    return {key: value.strip() for key, value in read_properties(text).items()}


def read_xml(text):
    found = ElementTree.fromstring(text)
    return {p.findtext("name"): p.findtext("value") for p in found.iter("property")}


def read_yaml(text):
    return {key: str(value) for key, value in yaml.safe_load(text).items()}


#: by component: the file, the family of its settings, and how its program reads it
FILES = {
    "kafka": ("broker.properties.j2", "conf.server", read_properties),
    "zookeeper": ("zoo.cfg.j2", "conf.zoo", read_properties),
    "spark": ("spark-defaults.conf.j2", "conf.spark-defaults", read_spark),
    "hadoop": ("core-site.xml.j2", "conf.core-site", read_xml),
    "hbase": ("hbase-site.xml.j2", "conf.hbase-site", read_xml),
    "flink": ("config.yaml.j2", "conf.config", read_yaml),
    "storm": ("storm.yaml.j2", "conf.storm", read_yaml),
}


def read_back(component, given):
    template, family, read = FILES[component]
    plan, spec = draft({component: ""}, flavor=MEDIUM)
    spec.properties[component][family] = given
    context = Contexts(plan, spec).component(component, "worker")
    return read(Templates(SHIPPED, ID).file(component, template, context))


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("component", FILES)
def test_a_value_arrives_as_it_was_given(component, value):
    assert read_back(component, {"x.y": value})["x.y"] == value


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("component", FILES)
def test_so_does_a_key(component, key):
    found = read_back(component, {key: "1"})
    assert found[key] == "1"
    assert set(found) == set(read_back(component, {})) | {key}


@pytest.mark.parametrize("text", ["\x7f", "a\rb", "\u2028", "\x85"])
def test_filters_lose_nothing_that_values_cannot_have_today(text):
    filters = Templates(SHIPPED, ID)
    context = {"text": text}
    assert yaml.safe_load(filters.text("t", "{{ text | yaml }}", context)) == text
    xml = filters.text("t", "<v>{{ text | xml }}</v>", context)
    assert ElementTree.fromstring(xml).text == text
    line = filters.text("t", "k={{ text | properties }}", context)
    assert read_properties(line) == {"k": text}
    assert json.loads(filters.text("t", "{{ text | json }}", context)) == text
