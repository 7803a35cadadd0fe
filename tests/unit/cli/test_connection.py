"""Clusters by the first characters of their ids."""

from __future__ import annotations

import pytest
import requests_mock

from disco.cli.connection import find_cluster
from disco.cli.exit_status import CommandError
from tests.support.wire import BASE, ID, URL, make_client, resource

OTHER = ID[:6] + "00-ea99-47b9-bed1-d6cbc896b2d7"


@pytest.fixture
def listed(wire: requests_mock.Mocker) -> requests_mock.Mocker:
    other = {**resource("CREATE_COMPLETE"), "id": f"urn:uuid:{OTHER}"}
    wire.get(f"{BASE}/disco/", json={"resources": [resource("CREATE_COMPLETE"), other]})
    wire.get(URL, json=resource("CREATE_COMPLETE"))
    return wire


def test_a_whole_id_needs_no_list(listed: requests_mock.Mocker) -> None:
    assert find_cluster(make_client(), ID).id == ID
    assert [r.url for r in listed.request_history] == [URL]


def test_the_first_characters_are_enough_in_capitals_too(listed: requests_mock.Mocker) -> None:
    assert find_cluster(make_client(), ID[:8].upper()).id == ID


@pytest.mark.parametrize(
    ("text", "sentence", "status"),
    [
        (ID[:3], 'Unknown cluster "70e".', 3),
        ("zzzz", 'Unknown cluster "zzzz".', 3),
        (ID[:6], f'"{ID[:6]}" matches several clusters: {ID}, {OTHER}.', 2),
    ],
)
def test_what_does_not_name_one_cluster_is_refused(
    listed: requests_mock.Mocker, text: str, sentence: str, status: int
) -> None:
    with pytest.raises(CommandError) as caught:
        find_cluster(make_client(), text)
    assert (str(caught.value), caught.value.status) == (sentence, status)
    assert caught.value.hint
