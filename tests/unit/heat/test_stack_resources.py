"""Resources as Heat lists them, and what is none of them."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from disco.errors import CloudError
from disco.heat.stack_resources import StackResource, list_resources
from disco.heat.stack_status import CREATE_COMPLETE
from disco.heat.stacks import Stack

STACK = Stack("c", "s", CREATE_COMPLETE)
RAW = {"resource_name": "r", "resource_type": "T", "resource_status": "CREATE_COMPLETE"}


def listed(answer: Any) -> list[StackResource]:
    reads: Any = mock.Mock()
    reads.read.return_value = answer
    found = list_resources(reads, STACK)
    reads.read.assert_called_once_with("/stacks/disco_c/s/resources")
    return found


def test_what_is_not_told_is_empty() -> None:
    assert listed({"resources": [RAW, None]}) == [StackResource("r", "T", CREATE_COMPLETE)]


@pytest.mark.parametrize(
    "answer", [None, b"<html>", [], {}, {"resources": {"a": RAW}}, {"resources": [{"a": 1}]}]
)
def test_another_form_is_the_clouds_fault(answer: Any) -> None:
    with pytest.raises(CloudError, match=r"orchestration service answered in an unknown form"):
        listed(answer)
