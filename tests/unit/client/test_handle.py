"""A cluster is called by its name, its id, or the beginning of its id."""

from __future__ import annotations

import pytest
import requests_mock

from disco.client import AmbiguousName, Client, DiscoClientError, NotFound
from tests.support.wire import BASE, ID, URL, resource

OTHER = ID[:6] + "00-ea99-47b9-bed1-d6cbc896b2d7"
THIRD = "beef0000-ea99-47b9-bed1-d6cbc896b2d7"


@pytest.fixture
def listed(wire: requests_mock.Mocker) -> requests_mock.Mocker:
    clusters = [
        {**resource("CREATE_COMPLETE"), "id": f"urn:uuid:{found}", "title": name}
        for found, name in ((ID, "analysis"), (OTHER, "twin"), (THIRD, "twin"))
    ]
    unnamed = {**resource("CREATE_COMPLETE"), "id": f"urn:uuid:{THIRD[:-1]}0"}
    wire.get(f"{BASE}/disco/", json={"resources": [*clusters, unnamed]})
    wire.get(URL, json=resource("CREATE_COMPLETE"))
    return wire


def test_a_whole_id_needs_no_list(listed: requests_mock.Mocker, client: Client) -> None:
    assert client.find(ID).id == ID
    assert [r.url for r in listed.request_history] == [URL]


def test_a_name_is_enough(listed: requests_mock.Mocker, client: Client) -> None:
    assert client.find("analysis").id == ID


def test_the_first_characters_are_enough_in_capitals_too(
    listed: requests_mock.Mocker, client: Client
) -> None:
    assert client.find(ID[:8].upper()).id == ID


@pytest.mark.parametrize(
    ("text", "sentence", "kind"),
    [
        (ID[:3], 'Unknown cluster "70e".', NotFound),
        ("zzzz", 'Unknown cluster "zzzz".', NotFound),
        ("analsis", 'Unknown cluster "analsis". Did you mean "analysis"?', NotFound),
        ("Analysis ", 'Unknown cluster "Analysis ".', NotFound),
        (ID[:6], f'"{ID[:6]}" matches several clusters: {ID}, {OTHER}.', AmbiguousName),
        ("twin", f'"twin" matches several clusters: {OTHER}, {THIRD}.', AmbiguousName),
    ],
)
def test_what_does_not_name_one_cluster_is_refused(
    listed: requests_mock.Mocker,
    client: Client,
    text: str,
    sentence: str,
    kind: type[DiscoClientError],
) -> None:
    with pytest.raises(kind) as caught:
        client.find(text)
    assert str(caught.value).startswith(sentence)
    assert caught.value.hint


def test_a_name_that_begins_another_s_id_is_not_guessed_at(
    wire: requests_mock.Mocker, client: Client
) -> None:
    """A member of the project may have chosen it so that another's command meets the wrong one."""
    named = {**resource("CREATE_COMPLETE"), "title": "beef"}
    other = {**resource("CREATE_COMPLETE"), "id": f"urn:uuid:{THIRD}"}
    wire.get(f"{BASE}/disco/", json={"resources": [named, other]})
    with pytest.raises(AmbiguousName, match=f"{ID}, {THIRD}"):
        client.find("beef")
