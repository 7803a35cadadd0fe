"""Consoles are made fit to be read, and to stand in a header."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from disco.heat.stack_resources import StackResource
from disco.openstack.catalog import CloudCatalogue
from disco.status.console_log import console_logs, on_one_line, tail
from disco.status.stack_history import StackHistory


@pytest.mark.parametrize(
    ("physical", "asked"),
    [("../x/action?a#", "..%2Fx%2Faction%3Fa%23"), ("a b\r\n", "a%20b%0D%0A")],
)
def test_what_a_template_calls_its_server_is_one_part_of_an_address(
    physical: str, asked: str
) -> None:
    """Heat takes any text as ``external_id`` of a resource."""
    login: Any = mock.Mock()
    stack: Any = mock.Mock(attributes={})
    there = [StackResource("master", "OS::Nova::Server", "CREATE_COMPLETE", physical)]  # type: ignore[arg-type]
    said = {"output": "login:"}
    with (
        mock.patch.object(StackHistory, "__init__", return_value=None),
        mock.patch.object(StackHistory, "resources", return_value=there),
        mock.patch.object(CloudCatalogue, "post", return_value=said) as post,
    ):
        assert console_logs(login, stack, None, 5, 1) == {"disco-manager": "login:"}
    assert post.call_args.args[1] == f"/servers/{asked}/action"


def test_only_what_is_said_is_kept() -> None:
    text = "[  OK  ] \x1b[0;1;32mstarted\x1b[0m cloud-init\r\n\r\n\x00login:\x07 \n"
    assert tail(text, 5) == "[  OK  ] started cloud-init\nlogin:"
    assert tail(text, 1) == "login:"


def test_an_attribute_is_one_line_of_bounded_size() -> None:
    text = on_one_line({"a": "x" * 5000, "b": "first\nlast \u00fc"}, 200)
    assert "\n" not in text
    assert text.endswith("--- b\\nfirst\\nlast ?")
    assert len(text) < 300
