"""The stub gives pages of a list that was recorded as a whole, as Heat does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from benchmarks.stub_cloud import Answers

LIST = "1 GET /v1/p/stacks?sort_keys=name"
STACKS = [{"id": f"id-{n}", "stack_name": f"disco_{n}"} for n in range(5)]
RECORDED = {LIST: (200, {}, json.dumps({"stacks": STACKS}).encode())}


def numbers(answer: Any) -> Sequence[str]:
    return [stack["id"][3:] for stack in json.loads(answer[2])["stacks"]]


def test_a_list_is_there_in_pages() -> None:
    stub, url = Answers(RECORDED, {}), "/v1/p/stacks?sort_keys=name&limit=2"
    assert numbers(stub.find_page(f"1 GET {url}", url)) == ["0", "1"]
    url += "&marker=id-3"
    assert numbers(stub.find_page(f"1 GET {url}", url)) == ["4"]
    other = "/v1/p/stacks?limit=2"
    assert stub.find_page(f"1 GET {other}", other) is None
    assert stub.find_page(LIST, "/v1/p/stacks?sort_keys=name") is None


def test_a_stack_of_such_a_list_is_found_by_its_name() -> None:
    stub, url = Answers(RECORDED, {}), "/v1/p/stacks?sort_keys=name&limit=2"
    assert stub.find_named("/v1/p/stacks?name=disco_4") is None  # nobody has read the list
    stub.find_page(f"1 GET {url}", url)
    assert numbers(stub.find_named("/v1/p/stacks?name=disco_4")) == ["4"]
    assert stub.find_named("/v1/p/stacks?name=disco_9") is None
    assert stub.find_named("/v1/p/stacks") is None
