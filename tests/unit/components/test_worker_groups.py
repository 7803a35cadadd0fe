"""Groups of workers are read from text, and never run."""

from __future__ import annotations

import pytest

from disco.attributes import GROUPS
from disco.client import ClusterRequest
from disco.components.worker_groups import (
    ALLOWED,
    GroupRequest,
    count_groups,
    parse_groups,
    read_count_changes,
    replace_counts,
)
from disco.errors import InvalidRequest

BIG = GroupRequest("big", 2, "m1.large", "debian-12", "anti-affinity")


@pytest.mark.parametrize(
    "text",
    [
        "{'big': {'count': 2, 'flavor': 'm1.large', 'image': 'debian-12', 'antiaffinity': True}}",
        '{"big": {"count": 2, "flavor": "m1.large", "image": "debian-12", "antiaffinity": true}}',
    ],
)
def test_both_ways_of_writing_mean_the_same(text: str) -> None:
    assert parse_groups(text) == (BIG,)
    assert sum(count_groups(text).values()) == 2


def test_the_example_in_the_words_of_a_refusal_is_one() -> None:
    example = ALLOWED.partition("such as ")[2].partition(";")[0]
    assert sum(count_groups(example).values()) == 2


def test_what_is_not_said_is_left_to_the_plain_workers() -> None:
    assert parse_groups("{'a': {'count': 1}, 'b-2': {'count': 3, 'antiaffinity': 'soft'}}") == (
        GroupRequest("a", 1),
        GroupRequest("b-2", 3, policy="soft-anti-affinity"),
    )
    assert parse_groups("") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1]", "not a dictionary"),
        ("__import__('os')", "not a dictionary"),
        ("{'a': __import__('os')}", "not a dictionary"),
        ("{" * 50, "nested"),
        ("x" * 5000, "longer"),
        ("{'a': 2}", "'a' is 2"),
        ("{'A': {'count': 1}}", "not a group name"),
        ("{3: {'count': 1}}", "not a group name"),
        ("{'a': {}}", "missing"),
        ("{'a': {'count': 0}}", "is 0"),
        ("{'a': {'count': true}}", "not a dictionary"),
        ("{'a': {'count': True}}", "is True"),
        ("{'a': {'count': '2'}}", "is '2'"),
        ("{'a': {'count': 1, 'flavour': 'x'}}", "did you mean flavor?"),
        ("{'a': {'count': 1, 'flavor': ''}}", "flavor of the group"),
        ("{'a': {'count': 1, 'antiaffinity': 'hard'}}", "antiaffinity"),
        (str({f"g{i}": {"count": 1} for i in range(9)}), "9 groups"),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_groups(text)
    assert any(said in fault.message for fault in caught.value.faults), caught.value
    assert count_groups(text) == {}


def test_all_faults_come_at_once() -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_groups("{'a': {'count': 0, 'size': 1}, 'B': {'count': 1}}")
    assert len(caught.value.faults) == 3


def test_a_cluster_file_has_them_as_an_object() -> None:
    big = {"count": 2, "flavor": "m1.large", "image": "debian-12", "antiaffinity": True}
    sent = ClusterRequest.from_dict({"groups": {"big": big}}).to_attributes()
    assert parse_groups(sent[GROUPS]) == (BIG,)


THERE = '{"big": {"count": 2, "flavor": "m1.large", "antiaffinity": true}, "gpu": {"count": 1}}'


def test_counts_change_and_the_rest_may_be_said_again() -> None:
    assert read_count_changes("{'gpu': {'count': 3}}", THERE) == {"gpu": 3}
    said = "{'big': {'count': 4, 'flavor': 'm1.large', 'antiaffinity': True}}"
    assert read_count_changes(said, THERE) == {"big": 4}
    changed = replace_counts(THERE, {"big": 4, "": 7})
    assert parse_groups(changed) == (
        GroupRequest("big", 4, "m1.large", policy="anti-affinity"),
        GroupRequest("gpu", 1),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{'tpu': {'count': 3}}", "has no group 'tpu'"),
        ("{'big': {'count': 3, 'flavor': 'm1.tiny'}}", "another flavor"),
        ("{'gpu': {'count': 3, 'image': 'x', 'flavor': 'y'}}", "another flavor, another image"),
        ("{'big': {'count': 3, 'antiaffinity': False}}", "another antiaffinity"),
        ("{'big': {'count': 0}}", "is 0"),
        ("", "names no group"),
        ("4", "not a dictionary"),
    ],
)
def test_other_changes_of_groups_are_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_count_changes(text, THERE)
    (fault,) = caught.value.faults
    assert fault.attribute == GROUPS
    assert said in fault.message


def test_a_cluster_without_groups_gets_none() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_count_changes("{'gpu': {'count': 3}}", "")
    assert "created without groups" in str(caught.value.faults[0].allowed)
