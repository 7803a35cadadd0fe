"""Pages of clusters, from a Heat that has stacks of others among them."""

from __future__ import annotations

import json
import uuid
from itertools import islice
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from disco.errors import CloudError, NotFound
from disco.heat.stack_pages import stacks_after

CLUSTERS = [str(uuid.UUID(int=number)) for number in range(1, 61)]


def stack(name: str, status: str = "CREATE_COMPLETE") -> dict[str, Any]:
    return {"id": f"id-of-{name}", "stack_name": name, "stack_status": status}


def answer_of(told: object) -> Any:
    """An answer of Heat's; a page of stacks has a link to the next one."""
    told = {**told, "links": [{"href": "http://h", "rel": "next"}]} if told else told  # type: ignore[dict-item]
    return SimpleNamespace(content=json.dumps(told).encode(), json=lambda: told)


class Heat:
    """Pages as Heat has them; counts what it is asked."""

    def __init__(self, stacks: list[dict[str, Any]], most: int = 1000) -> None:
        self.stacks, self.most = stacks, most
        self.asked: list[dict[str, str]] = []

    def read(self, address: str) -> Any:
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.asked.append(query)
        found = self.stacks
        if "name" in query:
            found = [s for s in found if s["stack_name"] == query["name"]]
        if "marker" in query:
            ids = [s["id"] for s in found]
            found = found[ids.index(query["marker"]) + 1 :]
        most = min(int(query.get("limit", self.most)), self.most)
        return answer_of({"stacks": found[:most]})


def heat(most: int = 1000) -> Heat:
    """Sixty clusters, one of them deleted, with stacks of others between them."""
    stacks = []
    for number, cluster in enumerate(CLUSTERS):
        status = "DELETE_COMPLETE" if number == 5 else "CREATE_COMPLETE"
        stacks += [stack(f"disco_{cluster}", status), stack(f"web-{number}")]
    return Heat(stacks, most)


THERE = [c for c in CLUSTERS if c != CLUSTERS[5]]


@pytest.mark.parametrize("wanted", [1, 7, 1000])
@pytest.mark.parametrize("most", [25, 1000])
def test_pages_one_after_the_other_are_the_whole_list(wanted: int, most: int) -> None:
    service = heat(most)
    seen: list[str] = []
    marker = None
    while page := list(islice(stacks_after(service, marker, wanted), wanted)):  # type: ignore[arg-type]
        seen += [s.cluster_id for s in page]
        marker = page[-1].cluster_id
    assert seen == THERE


def test_heat_is_asked_for_no_more_than_is_looked_at() -> None:
    service = heat()
    page = list(islice(stacks_after(service, None, 10), 10))  # type: ignore[arg-type]
    assert len(page) == 10
    assert len(service.asked) == 2  # the half of its stacks are others'
    assert all(int(query["limit"]) <= 20 for query in service.asked)


@pytest.mark.parametrize("marker", [CLUSTERS[5], str(uuid.UUID(int=99))])
def test_a_marker_that_is_no_cluster_is_refused(marker: str) -> None:
    with pytest.raises(NotFound):
        list(stacks_after(heat(), marker, 5))  # type: ignore[arg-type]


def test_pages_that_lead_back_to_one_another_are_left() -> None:
    service = heat()
    service.read = lambda _: answer_of({"stacks": service.stacks[:20]})  # type: ignore[method-assign]
    with pytest.raises(CloudError, match="back to one another"):
        list(stacks_after(service, None, 5))  # type: ignore[arg-type]


@pytest.mark.parametrize("answer", [None, {}, {"stacks": {}}, {"stacks": [{"id": 3}]}])
def test_an_answer_of_another_form_is_told(answer: object) -> None:
    service = heat()
    service.read = lambda _: answer_of(answer)  # type: ignore[method-assign]
    with pytest.raises(CloudError, match="orchestration"):
        list(stacks_after(service, None, 5))  # type: ignore[arg-type]
