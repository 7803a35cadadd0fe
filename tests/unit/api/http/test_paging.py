"""What may be asked for as a page of a list."""

from __future__ import annotations

import falcon
import pytest
from falcon import testing

from disco.api.http.paging import MOST, Page, read_page
from disco.errors import InvalidRequest

ID = "11111111-1111-4111-8111-111111111111"


def read(query: str) -> Page | None:
    return read_page(falcon.Request(testing.create_environ(query_string=query)))


@pytest.mark.parametrize(
    ("query", "page"),
    [
        ("", None),
        ("other=1", None),
        ("limit=20", Page(20, None)),
        (f"marker={ID}", Page(MOST, ID)),
        (f"limit=1&marker={ID.upper()}", Page(1, ID)),
    ],
)
def test_a_page_is_a_limit_and_a_marker(query: str, page: Page | None) -> None:
    assert read(query) == page


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "x", "1.5", "\uff19", "1e3"])
def test_a_limit_is_a_number_of_clusters(limit: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(f"limit={limit}")
    assert [(f.attribute, f.allowed) for f in caught.value.faults] == [("limit", "1 to 1000")]


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read("limit=0&marker=mine")
    assert [f.attribute for f in caught.value.faults] == ["limit", "marker"]
