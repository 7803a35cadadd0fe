"""A cluster's name travels in its stack's tags, whatever people call their clusters."""

from __future__ import annotations

import random

import pytest

from disco.clusters.name_tag import MAX_NAME, name_tags, tagged_name

NAMES = (
    "etl", "my first cluster", "a,b;c=d", "100 % sure", "größe", "Кластер данных", "集群" * 60,
    "🐘" * 200, "x" * MAX_NAME, "disco-name-1=x", "%41", "<b>&amp;</b>", "+", "~",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_list_shows_the_name_that_was_given(name: str) -> None:
    tags = ["disco", *name_tags(name), "disco-workers=2"]
    assert all(len(tag) <= 80 and "," not in tag and tag.isascii() for tag in tags)
    assert tagged_name(tags) == name
    random.Random(1).shuffle(tags)
    assert tagged_name(tags) == name


@pytest.mark.parametrize("name", ["", "  ", "\n"])
def test_a_cluster_without_a_name_has_no_tags(name: str) -> None:
    assert not list(name_tags(name))
    assert tagged_name(["disco", "disco-workers=2"]) == ""


def test_a_longer_name_is_cut() -> None:
    assert tagged_name(name_tags("é" * 1000)) == "é" * MAX_NAME


@pytest.mark.parametrize(
    "tags",
    [
        ["disco-name-2=b"], ["disco-name-1=a", "disco-name-3=c"], ["disco-name-0=a"],
        ["disco-name-1="], ["disco-name-1=<b>"], ["disco-name-99=a"], ["disco-name=a"],
        ["disco-name-1x=a"],
    ],
)  # fmt: skip
def test_what_others_wrote_into_tags_is_no_name(tags: list[str]) -> None:
    assert tagged_name(tags) == ""


def test_no_name_breaks_out_of_its_line() -> None:
    assert tagged_name(["disco-name-1=a%0D%0AX-Evil%3A%20b"]) == "a X-Evil: b"
    assert "\udc80" not in tagged_name(["disco-name-1=%80"])
