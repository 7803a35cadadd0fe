"""Actions that a cluster's status does not allow end with an exit status of their own, at once."""

from __future__ import annotations

import time

from tests.support.shell import Shell

CONFLICT = 7


def test_a_running_cluster_is_not_resumed(shell: Shell, cluster: str) -> None:
    """It would have waited half an hour for a status that never comes."""
    began = time.monotonic()
    done = shell.call("resume", cluster)
    assert done.status == CONFLICT, done.err
    assert "not suspended: it is CREATE_COMPLETE" in done.err
    assert time.monotonic() - began < 60
    assert shell.call("show", cluster, "-o", "json").json["status"] == "CREATE_COMPLETE"


def test_a_cluster_without_a_time_to_live_is_not_extended(shell: Shell, cluster: str) -> None:
    done = shell.call("extend", cluster, "2h")
    assert done.status == CONFLICT, done.err
    assert "without a time to live" in done.err
