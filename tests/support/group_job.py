"""A job that asks for the workers of one group."""

from __future__ import annotations

#: where tasks ran that asked for the group ``big``, and where those did that asked for nothing;
#: more tasks than the group's worker has cores; each takes a while, so that others would help
DASK_ON_BIG = """\
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
