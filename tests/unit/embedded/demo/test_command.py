"""The demo says how to come back to what it made."""

from __future__ import annotations

import pytest

from disco.embedded.demo.command import _options, again


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("--state state --nodes auto --port 8888 --cloud-port 5000", "make demo"),
        ("--state /tmp/mine --port 8890", "make demo STATE=/tmp/mine PORT=8890"),
        ("--nodes user --cloud-port 5100", "make demo NODES=user CLOUD_PORT=5100"),
    ],
)
def test_the_command_that_finds_it_again_has_what_was_given(words: str, command: str) -> None:
    assert again(_options(words.split())) == command
