"""Dask on a cluster without frameworks, brought there over ssh as others do it.

Two schemes. *From the master*, as the original had it: the master fetches the software, copies it
to one node after the other with ssh, and starts one node after the other. *From outside*, as
flintrock and Ansible do: somebody outside has all nodes fetch at the same time over ssh, then
start at the same time. Software is fetched as DISCO's nodes fetch it, with the same functions.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from disco.data_files import data_dir
from disco.heat.template.software import requirements
from tests.frameworks.site import Cluster
from tests.support.shipped import CATALOGUE

MASTER, HOME = "disco-manager", "/opt/disco/dask"
#: seconds for a step on a node
PATIENCE = 600
#: nodes that somebody outside speaks to at a time: all go through the master, whose sshd drops some
#: of more than ten that have not logged in yet
HANDS = 8
#: on each node: the process that a scheme started, which leads a group of its own
PID = "/run/dask-by-hand.pid"
#: where the master keeps the cluster's key meanwhile, and how it uses it
KEY = "/root/.ssh/cluster"
SSH = f"ssh -i {KEY} -o StrictHostKeyChecking=no -o LogLevel=ERROR"
Scheme = Callable[[Cluster], None]


def from_the_master(cluster: Cluster) -> None:
    """The master fetches, copies, and starts, one node after the other."""
    nodes = _addresses(cluster)
    key = (cluster.site.folder / f"key-{cluster.location[-36:]}").read_text()
    lines = [
        f"install -d -m 700 /root/.ssh && install -m 600 /dev/stdin {KEY} <<'KEY'\n{key}KEY",
        _fetch(cluster),
    ]
    copy = f"tar -C / -c {HOME.lstrip('/')}"
    lines += [
        f"{copy} | {SSH} ubuntu@{nodes[worker]} sudo tar -C / -x" for worker in cluster.workers()
    ]
    lines.append(_start(cluster, MASTER, nodes))
    # -n: else ssh takes the rest of these lines, which the shell reads, for its own input
    lines += [
        f"{SSH} -n ubuntu@{nodes[worker]} sudo bash -c "
        + shlex.quote(shlex.quote(_start(cluster, worker, nodes)))
        for worker in cluster.workers()
    ]
    cluster.run("\n".join(["set -e", *lines]), timeout=PATIENCE)
    _prove(cluster, nodes)


def from_outside(cluster: Cluster) -> None:
    """Nodes fetch at the same time, then the master starts, then the workers at the same time."""
    nodes = _addresses(cluster)
    with ThreadPoolExecutor(min(len(nodes), HANDS)) as hands:

        def on(names: Mapping[str, str]) -> None:
            done = [
                hands.submit(cluster.run, f"set -e\n{text}", name, PATIENCE)
                for name, text in names.items()
            ]
            for one in done:
                one.result()

        on(dict.fromkeys(nodes, _fetch(cluster)))
        on({MASTER: _start(cluster, MASTER, nodes)})
        on({name: _start(cluster, name, nodes) for name in cluster.workers()})
    _prove(cluster, nodes)


SCHEMES: Mapping[str, Scheme] = {
    "the master fetches and copies to each node over ssh": from_the_master,
    "all nodes over ssh from outside": from_outside,
}


def finish(cluster: Cluster, scheme: Scheme) -> float:
    """Do a scheme on a cluster without frameworks; the seconds that it took."""
    cluster.run("true")  # the key is there
    began = time.monotonic()
    scheme(cluster)
    return time.monotonic() - began


def undo(cluster: Cluster, fetched: bool) -> None:
    """End what a scheme started, and remove what it fetched, so that another one can follow."""
    lines = [
        f"kill -- -$(cat {PID})",
        f"while kill -0 -- -$(cat {PID}) 2>/dev/null; do sleep 0.1; done",
        *([f"rm -rf {HOME}"] if fetched else []),
    ]
    for node in (MASTER, *cluster.workers()):
        cluster.run("\n".join(lines), node)


def _addresses(cluster: Cluster) -> dict[str, str]:
    """Nodes by name, as the service tells them, the master first."""
    answer = cluster.site.caller.request(
        "GET", f"{cluster.location}/nodes", headers={"Accept": "application/json"}
    )
    return {node["name"]: node["address"] for node in answer.json()["nodes"]}


def _fetch(cluster: Cluster) -> str:
    """What a node does to have the software: nothing where its image has it."""
    dask = CATALOGUE["dask"]
    wanted = shlex.join(requirements(dask, dask.versions[0]))
    library = (data_dir() / "frameworks" / "shell" / "software.sh").read_text()
    return f"DISCO_MIRROR={cluster.site.mirror}\n{library}\npip_venv {HOME} {wanted}"


def _start(cluster: Cluster, name: str, nodes: Mapping[str, str]) -> str:
    """What starts a node's process, and waits until it answers."""
    address, master = nodes[name], nodes[MASTER]
    if name == MASTER:
        words = f"scheduler --port 8786 --dashboard-address {address}:8787 --no-show"
        page = f"http://{address}:8787/health"
    else:
        words = (
            f"worker tcp://{master}:8786 --worker-port 8788 --nanny-port 8789"
            f" --dashboard-address {address}:8790 --name {name} --nworkers 1 --nthreads 1"
            " --local-directory /var/tmp"
        )
        page = f"http://{address}:8790/health"
    return (
        f"setsid {HOME}/bin/dask {words} --host {address} </dev/null >/dev/null 2>&1 &\n"
        f"echo $! >{PID}\n"
        f"until curl -fs -m 2 -o /dev/null {page}; do sleep 0.2; done"
    )


_PROOF = """
import sys
from distributed import Client
with Client(sys.argv[1], timeout=60) as client:
    client.wait_for_workers(int(sys.argv[2]), timeout=120)
    assert sum(client.gather(client.map(lambda n: n * n, range(100)))) == 328350
"""


def _prove(cluster: Cluster, nodes: Mapping[str, str]) -> None:
    """A job on all workers, as DISCO's own smoke job."""
    count = len(cluster.workers())
    cluster.run(
        f"{HOME}/bin/python -I - tcp://{nodes[MASTER]}:8786 {count} <<'PYTHON'{_PROOF}PYTHON",
        timeout=PATIENCE,
    )
