"""Filters and pages of a list."""

from __future__ import annotations

import pytest
from falcon import testing

from disco.embedded.services.pagination import select

RECORDS = [
    {"id": "a", "name": "one", "shared": False, "project_id": "p"},
    {"id": "b", "name": "two", "shared": True, "project_id": "p"},
    {"id": "c", "name": "two", "shared": False, "project_id": "q"},
]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", "abc"),
        ("name=two", "bc"),
        ("name=two&shared=False", "c"),
        ("shared=true", "b"),
        ("name=in:one,two", "abc"),
        ("id=a&id=c", "ac"),
        ("unknown=x", "abc"),
        ("tenant_id=q", "c"),
        ("all_tenants=1", "abc"),
        ("limit=2", "ab"),
        ("limit=2&marker=b", "c"),
        ("limit=0", "abc"),
        ("marker=c", ""),
        ("marker=never", ""),
        ("name=two&limit=1", "b"),
    ],
)
def test_a_query_selects_records(query: str, ids: str) -> None:
    request = testing.create_req(query_string=query)
    page = select(RECORDS, request, {"tenant_id": "project_id"})
    assert "".join(record["id"] for record in page) == ids
