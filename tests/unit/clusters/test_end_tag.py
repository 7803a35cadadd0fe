"""A list tells when a cluster ends, also after its time was extended."""

from __future__ import annotations

import pytest

from disco.attributes import ENDING, EXPIRES
from disco.clusters.end_tag import tagged_end, with_end_tag
from disco.openstack.delete_credential import End


@pytest.mark.parametrize(("credential", "how"), [("id", "delete"), (None, "poweroff")])
def test_the_end_is_told_as_a_cluster_shows_it(credential: str | None, how: str) -> None:
    end = End(1_800_000_000, credential, "key")
    tags = with_end_tag(["disco", "disco-workers=2"], end)
    told = tagged_end(tags)
    assert told is not None
    assert told.attributes() == end.attributes()
    assert told.attributes() == {ENDING: how, EXPIRES: "2027-01-15T08:00:00Z"}
    # neither the credential's id nor which key it follows from is for lists
    assert "id" not in tags[-1].split("=")[1] and "key" not in tags[-1]


def test_an_extended_cluster_has_one_end() -> None:
    tags = with_end_tag(with_end_tag(["disco"], End(1, "a")), End(2, None))
    assert tags == ("disco", "disco-ends=2/poweroff")


def test_a_cluster_that_ends_when_it_is_idle_has_no_time() -> None:
    told = tagged_end(with_end_tag([], End(0, "id")))
    assert told is not None
    assert told.attributes() == {ENDING: "delete"}


@pytest.mark.parametrize(
    "tag",
    [
        "disco-ends=", "disco-ends=soon/delete", "disco-ends=1/explode", "disco-ends=-1/delete",
        "disco-ends=999999999999/delete", "disco-ends=1/delete/x", "disco-ends=\u0661/delete",
    ],
)  # fmt: skip
def test_what_others_wrote_into_tags_is_no_end(tag: str) -> None:
    assert tagged_end([tag]) is None
