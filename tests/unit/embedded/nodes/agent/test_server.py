"""Calls as the agent takes them: one JSON object each way."""

from __future__ import annotations

from disco.embedded.nodes.agent.client import AgentClient
from disco.embedded.nodes.agent.server import dispatch


def test_unknown_call_is_refused() -> None:
    answer = dispatch(AgentClient("/nowhere"), {"call": "close", "arguments": {}})
    assert "close" in answer["error"]
