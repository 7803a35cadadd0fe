"""A cluster on real nodes whose scripts user data has no room for, through its life."""

from __future__ import annotations

import base64
import gzip
import json
import random
from collections.abc import Iterator

import pytest
import requests

from tests.frameworks.site import IMAGE, Cluster, Site
from tests.support.cloud import eventually, until
from tests.support.nodes import needs_nodes
from tests.support.service import KIND, attributes

pytestmark = needs_nodes

#: is not made smaller by packing; fails once on the master, so that there is something to retry
NOISE = base64.b64encode(random.Random(1).randbytes(34_000)).decode()
SCRIPT = f"""#!/bin/bash
# {NOISE}
if [[ $DISCO_ROLE == master && ! -e /root/again ]]; then
  touch /root/again
  echo "not the first time"
  exit 1
fi
echo "hello from $DISCO_NAME" >/root/said
"""
DEADLINE = 300


@pytest.fixture(scope="module")
def failed(site: Site) -> Iterator[str]:
    """The address of a cluster of a master and a worker; its master has failed once."""
    wanted = attributes(masterimage=IMAGE, slaveimage=IMAGE, inject="{'dask': ''}")
    packed = base64.b64encode(gzip.compress(SCRIPT.encode())).decode()
    wanted["icclab.disco.components.packages.bootstrap"] = packed
    lines = [f"Category: {KIND}", *(f'X-OCCI-Attribute: {n}="{v}"' for n, v in wanted.items())]
    media = {"Content-type": "text/plain"}
    answer = site.caller.request("POST", "/disco/", headers=media, data="\n".join(lines).encode())
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]
    yield location
    site.caller.request("DELETE", location)
    site.caller.wait_until_gone(location, seconds=120)


def fetches(cluster: Cluster, node: str = "disco-manager") -> list[str]:
    """How each run of a node's script came to the part that is in Heat, as far as it is told."""
    place = "" if node == "disco-manager" else f"nodes/{node}/"
    address = f"http://{cluster.shown['external_ip']}:8084/{place}events.jsonl"
    answer = requests.get(address, timeout=20)
    events = [json.loads(line) for line in answer.text.splitlines()] if answer.ok else []
    ended = [e for e in events if e["step"] == "scripts:fetched" and e["event"] == "end"]
    return [event["status"] for event in ended]


def act(site: Site, location: str, action: str) -> None:
    headers = {"Content-type": "text/occi", "X-OCCI-Attribute": f'action="{action}"'}
    answer = site.caller.request("POST", location, headers=headers)
    assert answer.status_code == 200, answer.text


def test_it_comes_up_is_retried_grows_and_is_checked_after_a_resume(
    site: Site, failed: str
) -> None:
    shown = site.caller.wait_for(failed, "CREATE_FAILED", seconds=DEADLINE)
    assert shown["disco.failure.step"] == "packages:bootstrap", shown["disco.failure.reason"]
    act(site, failed, "retry")
    shown = site.caller.wait_for(failed, "UPDATE_COMPLETE", seconds=DEADLINE)
    cluster = Cluster(site, failed, shown)
    # the retry went on with what was there
    assert fetches(cluster) == ["ok", "skipped"]
    # what a worker did comes to the master a little later
    eventually(lambda: fetches(cluster, "disco-worker-1"), ["ok"])
    assert set(cluster.smoke) == {"dask"}
    assert cluster.run("cat /root/said") == "hello from disco-manager\n"
    mode = cluster.run("stat -c '%a %U' /var/lib/disco/*/scripts")
    assert mode == "600 root\n"
    told = cluster.log("components/scripts/fetched.log") + cluster.log("deployment.log")
    assert "X-Auth-Token" not in told

    cluster.scaled(slavecount="2")
    assert cluster.run("cat /root/said", "disco-worker-2") == "hello from disco-worker-2\n"
    eventually(lambda: fetches(cluster, "disco-worker-2"), ["ok"])

    act(site, failed, "suspend")
    site.caller.wait_for(failed, "SUSPEND_COMPLETE", seconds=DEADLINE)
    act(site, failed, "resume")
    site.caller.wait_for(failed, "RESUME_COMPLETE", seconds=DEADLINE)

    def result() -> str | None:
        found = site.caller.show(failed)
        return None if found["disco.phase"] == "checking" else found["disco.check"]

    assert until(result, DEADLINE, "the check after the resume") == "passed"
    assert fetches(cluster) == ["ok", "skipped"]  # a check asks nobody
