import pytest

from disco.attributes import component_attribute, heat_attribute
from disco.suggestions import count_edits, suggest
from tests.support.shipped import CATALOGUE

KNOWN = CATALOGUE.properties()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (heat_attribute("masterimgae"), heat_attribute("masterimage")),
        (heat_attribute("masterImage"), heat_attribute("masterimage")),
        (heat_attribute("slave_count"), heat_attribute("slavecount")),
        (heat_attribute("tll"), heat_attribute("ttl")),
        (component_attribute("heet", "timeout"), heat_attribute("timeout")),
        (component_attribute("jupiter", "password"), component_attribute("jupyter", "password")),
        (component_attribute("jupyter", "pasword"), component_attribute("jupyter", "password")),
    ],
)
def test_a_typing_error_in_a_long_name_is_recognized(typed, meant):
    assert suggest(typed, KNOWN) == meant


@pytest.mark.parametrize(
    "typed",
    [
        heat_attribute("availabilityregion"),
        heat_attribute("masterzone"),
        heat_attribute("zone"),
        heat_attribute("id"),
        heat_attribute("a"),
        component_attribute("jupyter", "base_url"),
        component_attribute("cassandra", "version"),
        component_attribute("presto", "password"),
    ],
)
def test_a_common_beginning_or_end_makes_no_two_names_alike(typed):
    assert suggest(typed, KNOWN) is None


@pytest.mark.parametrize(
    ("typed", "known", "meant"),
    [
        ("flavour", ["flavor", "floating_ip"], "flavor"),
        ("worker_zone", ["worker_name", "worker_image"], None),
        ("keypair", ["key_pair", "public_key"], "key_pair"),
        ("--wokers", ["--workers", "--worker-name"], "--workers"),
        ("external_net", ["external_network", "existing_network"], "external_network"),
        ("volumezone", ["volumesize", "volumetype"], None),
        ("", ["image"], None),
        ("x" * 100_000, ["image"], None),
    ],
)
def test_words_are_compared_one_by_one(typed, known, meant):
    assert suggest(typed, known) == meant


def test_swapped_letters_are_one_edit():
    assert count_edits("form", "from") == 1
    assert count_edits("image", "image") == 0
    assert count_edits("", "abc") == 3
