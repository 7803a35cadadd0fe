"""What is an id."""

from __future__ import annotations

import pytest

from disco.clusters.cluster_id import parse_id

UUID = "11111111-1111-4111-8111-11111111111a"


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (UUID, UUID),
        (UUID.upper(), UUID),
        (UUID.replace("-", ""), None),
        (f"{{{UUID}}}", None),
        (f"urn:uuid:{UUID}", None),
        (f"{UUID}\n", None),
        ("", None),
    ],
)
def test_ids_are_uuids_in_one_form(text: str, known: str | None) -> None:
    assert parse_id(text) == known
