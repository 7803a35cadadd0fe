"""A task that asks for a group runs on its workers, and one that asks for none anywhere."""

from __future__ import annotations

import json

from tests.e2e.working.conftest import Working
from tests.support.nodes import needs_nodes

pytestmark = needs_nodes

#: more tasks than the group's worker has cores; each takes a while, so that others would help
ASK = """\
import json, socket, time
from distributed import Client

def where(number):
    time.sleep(0.2)
    return socket.gethostname()

with Client("tcp://disco-manager:8786") as client:
    on_big = client.gather(client.map(where, range(8), resources={"big": 1}, pure=False))
    anywhere = client.gather(client.map(where, range(100, 116), pure=False))
    print(json.dumps([sorted(set(on_big)), sorted(set(anywhere))]))
"""


def test_dask_runs_tasks_on_the_group_that_they_ask_for(working: Working) -> None:
    said = working.run_as_user("/opt/disco/dask/bin/python -", said=ASK)
    on_big, anywhere = json.loads(said)
    # another test gives the group a second worker
    assert "disco-worker-3" in on_big
    assert set(on_big) <= {"disco-worker-3", "disco-worker-6"}
    assert set(anywhere) - set(on_big)
