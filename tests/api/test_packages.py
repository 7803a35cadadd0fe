"""Packages of users: all faults at once before anything is made, and added for later workers."""

from __future__ import annotations

import base64
import contextlib
import json
import sqlite3
from typing import Any

import requests

from disco.embedded.cloud import EmbeddedCloud
from tests.support.service import KIND, Caller, attributes, join
from tests.support.specs import unpacked

PACKAGES = "icclab.disco.components.packages"
HEAT = "icclab.disco.components.heat"


def wanted(**named: str) -> dict[str, str]:
    own = {f"{PACKAGES}.{name.replace('__', '.')}": value for name, value in named.items()}
    return (
        attributes(inject="{'dask': ''}", slaveflavor="m1.medium", masterflavor="m1.medium") | own
    )


def preview(alice: Caller, **named: str) -> requests.Response:
    sent = {"Content-type": "text/occi", "Category": KIND, "Accept": "application/json"}
    sent["X-OCCI-Attribute"] = join(wanted(**named))
    return alice.request("POST", "/disco/?action=preview", headers=sent)


def user_data(cloud: EmbeddedCloud, server: str) -> str:
    """What the cloud gave a server to run; its interface shows that to nobody."""
    with contextlib.closing(sqlite3.connect(cloud.state_dir / "resources.db")) as database:
        ask = "SELECT body FROM record WHERE id = ? AND kind = 'server'"
        ((body,),) = database.execute(ask, (server,)).fetchall()
    return base64.b64decode(json.loads(body)["_user_data"]).decode()


def test_a_preview_names_all_that_is_wrong_at_once(alice: Caller) -> None:
    answer = preview(
        alice,
        apt="htop; reboot",
        pip="--index-url https://evil.example",
        jars="g:a:1",
        bootstrap="echo hi",
        environment__PATH="/x",
        environment__A="$(id)",
    )
    assert answer.status_code == 400
    faults = {
        fault["attribute"].removeprefix(f"{PACKAGES}."): fault for fault in answer.json()["faults"]
    }
    assert set(faults) == {"apt", "pip", "jars", "bootstrap", "environment.PATH", "environment.A"}
    assert "'--index-url' is not the name of a Python package" in faults["pip"]["message"]
    assert "'reboot'" not in faults["apt"]["message"]  # which could be one
    assert faults["bootstrap"]["message"] == "is not base64"


def test_what_has_no_place_is_refused_with_what_has_one(alice: Caller) -> None:
    (fault,) = preview(alice, jars="g:a:1").json()["faults"]
    assert (fault["code"], fault["allowed"]) == ("no-place", "with flink, hadoop, spark")


def test_a_preview_shows_the_steps(alice: Caller) -> None:
    answer = preview(alice, pip="humanize", environment__MY_PLACE="over; the rainbow")
    assert answer.status_code == 200, answer.text
    script = unpacked(answer.json()["user_data"]["worker"])
    assert "bokeh ipykernel humanize\n" in script
    assert "export MY_PLACE='over; the rainbow'\n" in script


def test_packages_are_added_for_workers_that_join_and_no_server_is_touched(
    alice: Caller, cluster_of_alice: str, alice_session: Any, embedded_cloud: EmbeddedCloud
) -> None:
    def servers() -> dict[str, str]:
        endpoint = alice_session.get_endpoint(service_type="compute", interface="public")
        listed = alice_session.get(f"{endpoint}/servers/detail").json()["servers"]
        return {server["name"]: server["id"] for server in listed}

    def add(**named: str) -> requests.Response:
        sent = join({f"{PACKAGES}.{name}": value for name, value in named.items()})
        headers = {"Content-type": "text/occi", "X-OCCI-Attribute": sent}
        return alice.request(
            "POST", cluster_of_alice, headers={**headers, "Accept": "application/json"}
        )

    before = servers()
    refused = add(pip="-r x", apt="$(id)").json()["faults"]
    assert [fault["attribute"] for fault in refused] == [f"{PACKAGES}.apt", f"{PACKAGES}.pip"]
    answer = add(pip="humanize", apt="tree")
    assert answer.status_code == 200, answer.text
    assert answer.json()["attributes"]["disco.packages"] == "apt:tree pip:humanize"
    assert "not changed" not in answer.json()["attributes"].get("disco.warnings", "")
    alice.wait_for(cluster_of_alice, "UPDATE_COMPLETE")
    assert servers() == before
    sent = {"Content-type": "text/occi", "X-OCCI-Attribute": f'{HEAT}.slavecount="2"'}
    assert alice.request("POST", cluster_of_alice, headers=sent).ok
    alice.wait_for(cluster_of_alice, "UPDATE_COMPLETE")
    grown = servers()
    assert grown.items() > before.items()
    # what each boots with
    for name, joins in (("disco-worker-1", ""), ("disco-worker-2", "yes apt:tree pip:humanize")):
        assert f"\nDISCO_JOINS='{joins}' #" in user_data(embedded_cloud, grown[name])
