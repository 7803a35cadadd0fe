"""Groups of workers are read from text, and never run."""

from __future__ import annotations

import pytest

from disco.client import ClusterRequest
from disco.components.groups import ALLOWED, ATTRIBUTE, GroupRequest, count_workers, parse_groups
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
    assert count_workers(text) == 2


def test_the_example_in_the_words_of_a_refusal_is_one() -> None:
    example = ALLOWED.partition("such as ")[2].partition(";")[0]
    assert count_workers(example) == 2


def test_what_is_not_said_is_left_to_the_plain_workers() -> None:
    assert parse_groups("{'a': {'count': 1}, 'b-2': {'count': 3, 'antiaffinity': 'soft'}}") == (
        GroupRequest("a", 1),
        GroupRequest("b-2", 3, policy="soft-anti-affinity"),
    )
    assert parse_groups("") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1]", "no dictionary"),
        ("__import__('os')", "no dictionary"),
        ("{'a': __import__('os')}", "no dictionary"),
        ("{" * 50, "nested"),
        ("x" * 5000, "longer"),
        ("{'a': 2}", "'a' is 2"),
        ("{'A': {'count': 1}}", "no name"),
        ("{3: {'count': 1}}", "no name"),
        ("{'a': {}}", "missing"),
        ("{'a': {'count': 0}}", "is 0"),
        ("{'a': {'count': true}}", "no dictionary"),
        ("{'a': {'count': True}}", "is True"),
        ("{'a': {'count': '2'}}", "is '2'"),
        ("{'a': {'count': 1, 'flavour': 'x'}}", "is flavor meant?"),
        ("{'a': {'count': 1, 'flavor': ''}}", "flavor of the group"),
        ("{'a': {'count': 1, 'antiaffinity': 'hard'}}", "antiaffinity"),
        (str({f"g{i}": {"count": 1} for i in range(9)}), "9 groups"),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_groups(text)
    assert any(said in fault.message for fault in caught.value.faults), caught.value
    assert count_workers(text) == 0


def test_all_faults_come_at_once() -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_groups("{'a': {'count': 0, 'size': 1}, 'B': {'count': 1}}")
    assert len(caught.value.faults) == 3


def test_a_cluster_file_has_them_as_an_object() -> None:
    big = {"count": 2, "flavor": "m1.large", "image": "debian-12", "antiaffinity": True}
    sent = ClusterRequest.from_dict({"groups": {"big": big}}).to_attributes()
    assert parse_groups(sent[ATTRIBUTE]) == (BIG,)
