"""Values that would stop a node, or change on the way into its files, are refused beforehand."""

import re
from pathlib import Path

import pytest

from disco.components.properties import check_properties
from disco.components.value_text import NODE_FACTS, check_text
from disco.data_files import data_dir
from tests.support.shipped import CATALOGUE

HADOOP = "icclab.disco.components.hadoop.conf.core-site.a"


@pytest.mark.parametrize(
    "text", ["", "plain", "ä\U0001d11e", "$HOME ${x} ${DISCO_NAME", "${DISCO_NAME}:1"]
)
def test_other_text_is_taken(text):
    check_text(text)


@pytest.mark.parametrize("character", ["\uffff", "\ufffe", "\ud834", "\udd1e"])
def test_what_xml_cannot_hold_is_refused_with_the_character(character):
    with pytest.raises(ValueError, match=f"U\\+{ord(character):04X}"):
        check_text(f"a{character}b")


@pytest.mark.parametrize(
    "name", ["DISCO_NOSUCH", "DISCO_SIGNAL", "DISCO_END_SECRET", "DISCO_MIRROR"]
)
def test_a_fact_that_nodes_do_not_have_is_refused_with_those_that_they_have(name):
    with pytest.raises(ValueError, match=re.escape(f"${{{name}}}")) as caught:
        check_text(f"${{DISCO_NAME}} ${{{name}}}")
    assert "DISCO_ADDRESS" in str(caught.value)


@pytest.mark.parametrize("name", ["SIGNAL", "END_SECRET", "SECRETS", "NAME"])
def test_what_heat_puts_in_scripts_is_in_no_value(name):
    """The token that a node signals with would be in a file that its users read."""
    with pytest.raises(ValueError, match="Heat would replace"):
        check_text(f"a @@{name}@@ b")
    check_text(f"@@{name.lower()}@@ @{name}@ @@")


@pytest.mark.parametrize(
    ("secret", "is_taken"), [("a @@SIGNAL@@", True), ("${DISCO_NOSUCH}", True), ("a\uffff", False)]
)
def test_a_secret_may_be_any_text_that_a_file_can_hold(secret, is_taken):
    name = HADOOP.replace("conf.", "secret.conf.")
    faults = check_properties(CATALOGUE, {name: secret}, {}).faults
    assert (name not in {fault.attribute for fault in faults}) == is_taken


def test_a_preview_names_the_attribute():
    for text in ("\uffff", "${DISCO_NOSUCH}"):
        faults = check_properties(CATALOGUE, {HADOOP: text}, {}).faults
        assert [f.code for f in faults if f.attribute == HADOOP] == ["bad-value"]


def test_every_node_has_the_facts():
    head = Path(data_dir(), "frameworks/shell/head.sh.j2").read_text()
    for name in NODE_FACTS:
        assert re.search(rf"^{name}=", head, re.M), name
