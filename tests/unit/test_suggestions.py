import time

import pytest

from disco.attributes import component_attribute, heat_attribute
from disco.suggestions import closest, count_edits, counted, name_some, suggest
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


def test_the_likeliest_names_of_a_cloud_come_first():
    names = ["ubuntu-24.04", "debian-12", "debian-13", "x" * 300]
    assert closest("debian12", names, 2)[0] == "debian-12"
    assert closest("", names, 2) == closest("x" * 300, names, 2) == []


@pytest.mark.parametrize("length", [60, 190, 255])
def test_a_thousand_names_that_are_all_alike_take_no_seconds(length):
    """Every user can give images such names, and ask for one that is not there."""
    names = [("ab" * 130)[: length - 4] + str(number) for number in range(1000, 3000)]
    began = time.process_time()
    closest(names[0][:-4] + "9999", names, 3)
    assert time.process_time() - began < 1


def test_a_long_list_says_how_many_more_there_are() -> None:
    assert name_some(["a", "b"], 2) == "a, b"
    assert name_some(["a", "b", "c", "d"], 2) == "a, b and 2 more"
    assert name_some([], 2) == ""


@pytest.mark.parametrize(
    ("number", "plural", "text"),
    [
        (2, "cores", "2 cores"),
        (1, "cores", "1 core"),
        (1, "MiB of memory", "1 MiB of memory"),
        (1, "GB of volumes", "1 GB of volumes"),
        (1, "security group rules", "1 security group rule"),
        (1, "volumes of the type 'fast'", "1 volume of the type 'fast'"),
        (0, "files", "0 files"),
    ],
)
def test_one_thing_is_in_the_singular(number: int, plural: str, text: str) -> None:
    assert counted(number, plural) == text
