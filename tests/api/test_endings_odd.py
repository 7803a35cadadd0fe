"""Ends of clusters that somebody else wrote into a stack."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.support.service import Caller


@pytest.mark.parametrize("text", ["9999999999999 - -", "9" * 5000, "soon", "\u0661 a k"])
def test_an_end_that_cannot_be_read_is_none(alice: Caller, alice_heat: Any, text: str) -> None:
    path = f"/disco/{uuid.uuid4()}"
    template = "{heat_template_version: '2018-08-31', parameters: {disco_end: {type: string}}}"
    alice_heat.stacks.create(
        stack_name=f"disco_{path[-36:]}", template=template, parameters={"disco_end": text}
    )
    alice.wait_for(path, "CREATE_COMPLETE")
    assert "disco.expires" not in alice.show(path)
    assert alice.request("DELETE", path).status_code == 200
    alice.wait_until_gone(path)
