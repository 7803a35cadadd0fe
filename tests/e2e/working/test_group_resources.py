"""A task that asks for a group runs on its workers, and one that asks for none anywhere."""

from __future__ import annotations

import json

from tests.e2e.working.conftest import Working
from tests.support.group_job import DASK_ON_BIG
from tests.support.nodes import needs_nodes

pytestmark = needs_nodes


def test_dask_runs_tasks_on_the_group_that_they_ask_for(working: Working) -> None:
    said = working.run_as_user("/opt/disco/dask/bin/python -", said=DASK_ON_BIG)
    on_big, anywhere = json.loads(said)
    # another test gives the group a second worker
    assert "disco-worker-3" in on_big
    assert set(on_big) <= {"disco-worker-3", "disco-worker-6"}
    assert set(anywhere) - set(on_big)
