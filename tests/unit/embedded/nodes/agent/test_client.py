"""Calls to an agent that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from disco.embedded.nodes.agent.client import AgentClient, AgentError


def test_agent_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="cannot be reached"):
        AgentClient(tmp_path / "agent.sock").status()
