"""Packages, variables and a script of users: on the master, on workers, and on those that join."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.frameworks.site import Cluster, Site, running_site
from tests.frameworks.spark_jobs import computed
from tests.support.nodes import needs_nodes
from tests.support.shell import Shell, environment

pytestmark = needs_nodes

NODES = MASTER, WORKER, JOINED = "disco-manager", "disco-worker-1", "disco-worker-2"
PLACE = "over the rainbow; & far away"
SCRIPT = """\
#!/bin/bash
echo "$DISCO_ROLE $MY_PLACE $(id -un) $(tree --version | cut -d' ' -f1)" >/opt/bootstrapped
"""
WANTED = {
    "packages.pip": "humanize",
    "packages.apt": "tree",
    "packages.environment.MY_PLACE": PLACE,
    "packages.bootstrap": base64.b64encode(gzip.compress(SCRIPT.encode())).decode(),
}
#: in a task of each worker, and in the client
ASK = """\
import json
from distributed import Client
def look(module):
    import importlib, os
    return [bool(importlib.import_module(module)), os.environ["MY_PLACE"]]
with Client("tcp://disco-manager:8786") as client:
    print(json.dumps({"client": look("%(module)s"),
                      "workers": sorted(client.run(look, "%(module)s").values())}))
"""
PLUGIN = """\
import json
from distributed import Client, PipInstall
with Client("tcp://disco-manager:8786") as client:
    client.register_plugin(PipInstall(packages=["emoji"]))
    print(json.dumps(sorted(client.run(lambda: __import__("emoji").__name__).values())))
"""
NOTEBOOK = """\
import json, os
from IPython import get_ipython
get_ipython().run_line_magic("pip", "install -q tabulate")
import humanize, tabulate
found = [humanize.intcomma(1000), tabulate.__name__]
print(json.dumps({"is": found, "place": os.environ["MY_PLACE"]}))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("packages"), []) as found:
        yield found


@pytest.fixture(scope="module")
def user(site: Site) -> Shell:
    """A shell of somebody who has that cloud."""
    home = site.folder / "home"
    (home / "run").mkdir(parents=True, mode=0o700)
    more = {"DISCO": site.caller.base, "XDG_RUNTIME_DIR": str(home / "run")}
    return Shell({**environment(site.cloud.credentials, home), **more}, home)


@pytest.fixture(scope="module")
def cluster(site: Site) -> Iterator[Cluster]:
    """One worker at first; a second joins."""
    with site.cluster("{'dask': '', 'jupyter': ''}", 1, "m1.small", WANTED) as found:
        found.scaled(slavecount="2")
        yield found


def ask(cluster: Cluster, module: str) -> dict[str, Any]:
    """What a program of who logs in finds there, and what tasks of all workers find."""
    python = "/opt/disco/dask/bin/python -"
    said = cluster.run_as_user(python, said=ASK % {"module": module})
    found: dict[str, Any] = json.loads(said)
    return found


@pytest.mark.parametrize("node", NODES)
def test_a_node_has_the_package_the_variable_and_ran_the_script(
    cluster: Cluster, node: str
) -> None:
    role = "master" if node == MASTER else "worker"
    assert cluster.run("cat /opt/bootstrapped", node) == f"{role} {PLACE} root tree\n"
    assert cluster.run_as_user("tree --version", node).startswith("tree v")
    assert f"MY_PLACE={PLACE}\n" in cluster.run_as_user("env", node)
    assert f"MY_PLACE={PLACE}\n" in cluster.run_as_user("bash -lc env", node)


def test_tasks_import_the_package_and_see_the_variable_on_all_workers(cluster: Cluster) -> None:
    found = ask(cluster, "humanize")
    assert found["client"] == [True, PLACE]
    assert len(found["workers"]) >= 2
    assert all(answer == [True, PLACE] for answer in found["workers"])


def test_the_steps_have_their_names_and_logs(cluster: Cluster) -> None:
    events = [json.loads(line) for line in cluster.log("events.jsonl").splitlines()]
    ended = [e["step"] for e in events if e["event"] == "end" and e["status"] == "ok"]
    for name in ("environment", "apt", "pip-dask", "pip-jupyter", "bootstrap"):
        assert f"packages:{name}" in ended
    assert ended.index("packages:apt") < ended.index("dask:installed")
    assert ended.index("dask:ready") < ended.index("packages:bootstrap")
    assert "tree" in cluster.log("components/packages/apt.log")


def test_a_notebook_has_them_and_can_install_more(cluster: Cluster) -> None:
    for kernel in ("python3", "dask"):
        found = computed(cluster, kernel, NOTEBOOK)
        assert found == {"is": ["1,000", "tabulate"], "place": PLACE}


def test_dask_s_own_plugin_installs_on_all_workers(cluster: Cluster) -> None:
    python = "/opt/disco/dask/bin/python -"
    assert set(json.loads(cluster.run_as_user(python, said=PLUGIN))) == {"emoji"}


def test_install_adds_to_every_node_that_runs_and_to_those_that_join_later(
    cluster: Cluster, user: Shell
) -> None:
    since = {node: cluster.run("cat /proc/sys/kernel/random/boot_id", node) for node in NODES}
    words = ("--pip", "inflection", "--apt", "pv", "-f", "json")
    done = user.run("install", cluster.location[-36:], *words, timeout=600)
    assert done.status == 0, done.err
    assert done.json == [
        {"node": MASTER, "result": "installed in the system, dask, jupyter"},
        {"node": WORKER, "result": "installed in the system, dask"},
        {"node": JOINED, "result": "installed in the system, dask"},
    ]
    assert "warning" not in done.err
    assert ask(cluster, "inflection")["workers"] == [[True, PLACE]] * 2
    cluster.site.caller.wait_for(cluster.location, "UPDATE_COMPLETE")
    cluster.scaled(slavecount="3")
    assert ask(cluster, "inflection")["workers"] == [[True, PLACE]] * 3
    for node in (*NODES, "disco-worker-3"):
        assert cluster.run_as_user("pv --version", node).startswith("pv ")
    # nothing was made anew for it
    assert since == {
        node: cluster.run("cat /proc/sys/kernel/random/boot_id", node) for node in NODES
    }
    cluster.scaled(slavecount="2")
    refused = user.run("install", cluster.location[-36:], "--pip", "no-such-package-of-disco")
    assert refused.status == 1
    assert f"{WORKER}: pip ERROR: Could not find a version" in refused.err
    assert "no-such-package-of-disco" in refused.err
    assert "3 of 3 nodes did not install" in refused.err


@pytest.mark.parametrize(("kind", "step"), [("pip", "packages:pip-dask"), ("apt", "packages:apt")])
def test_a_package_that_does_not_exist_fails_the_cluster_with_its_name(
    site: Site, kind: str, step: str
) -> None:
    wanted = {f"packages.{kind}": "no-such-package-of-disco"}
    location = site.create("{'dask': ''}", 1, "m1.small", wanted)
    try:
        shown = site.caller.wait_for(location, "CREATE_FAILED", seconds=300)
        assert shown["disco.failure.step"] == step
        assert "no-such-package-of-disco" in shown["disco.failure.reason"]
        words = {"pip": "Could not find a version", "apt": "Unable to locate package"}
        assert words[kind] in shown["disco.failure.reason"]
    finally:
        site.caller.request("DELETE", location)
        site.caller.wait_until_gone(location, seconds=120)
