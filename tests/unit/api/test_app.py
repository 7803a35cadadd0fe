"""Addresses that lack their slash, and JSON as people and programs read it."""

from __future__ import annotations

from unittest import mock

import pytest
from falcon import testing

from disco.api.resources import choices


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/disco", "/-", "/dashboard", "/.well-known/org/ogf/occi/-"])
def test_an_address_without_its_slash_is_redirected_with_its_query(
    client: testing.TestClient, path: str, method: str
) -> None:
    answer = client.simulate_request(method, path, query_string="action=preview")
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"{path}/?action=preview"


def test_json_is_indented_and_keeps_letters(client: testing.TestClient) -> None:
    answer = client.simulate_get("/health")
    assert answer.text.startswith('{\n  "status": "ok"')
    assert answer.headers["Content-Type"] == "application/json"


def test_what_cannot_be_encoded_is_no_internal_error(client: testing.TestClient) -> None:
    told = {"images": [{"name": "half \ud800 of a pair"}]}
    with mock.patch.object(choices, "read_choices", return_value=told):
        answer = client.simulate_get("/disco/choices")
    assert answer.status_code == 200
    assert answer.json["images"][0]["name"] == "half ? of a pair"
