"""OCCI over HTTP, end to end: status codes, renderings and filters that clients see."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.api.conftest import complete_cluster
from tests.support.service import KIND, Caller, ServiceProcess, attributes, on_network

ACTION = "http://schemas.cloudcomplab.ch/occi/sm/action#"
RENDERINGS = [
    "text/plain",
    "text/occi",
    "text/occi+plain",
    "application/occi+json",
    "application/json",
    "text/html",
]


@pytest.fixture(scope="module")
def standing_cluster(service: ServiceProcess, alice_headers: dict[str, str]) -> Iterator[str]:
    """With all that a cluster can show, its address among it."""
    with complete_cluster(Caller(service.base, dict(alice_headers)), attributes()) as path:
        yield path


@pytest.mark.parametrize("media_type", RENDERINGS)
def test_a_cluster_in_every_rendering(
    alice: Caller, standing_cluster: str, media_type: str
) -> None:
    answer = alice.get(standing_cluster, Accept=media_type)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].split(";")[0] == media_type
    text = answer.text + str(answer.headers)
    assert "CREATE_COMPLETE" in text
    assert "127.100." in text


@pytest.mark.parametrize("media_type", [*RENDERINGS, "text/uri-list"])
def test_a_list_in_every_rendering(alice: Caller, standing_cluster: str, media_type: str) -> None:
    answer = alice.get("/disco/", Accept=media_type)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].split(";")[0] == media_type
    assert standing_cluster[-36:] in answer.text + answer.headers.get("X-OCCI-Location", "")


def as_text(wanted: dict[str, str]) -> str:
    return f"Category: {KIND}\n" + "\n".join(
        f'X-OCCI-Attribute: {name}="{value}"' for name, value in wanted.items()
    )


def as_the_old_json(wanted: dict[str, str]) -> str:
    kind = {"term": "disco", "scheme": "http://schemas.cloudcomplab.ch/occi/sm#"}
    return json.dumps({"kind": kind, "attributes": wanted})


def as_json_of_1_2(wanted: dict[str, str]) -> str:
    kind = "http://schemas.cloudcomplab.ch/occi/sm#disco"
    return json.dumps({"kind": kind, "attributes": wanted})


@pytest.mark.parametrize(
    ("content_type", "rendered"),
    [
        ("text/plain", as_text),
        ("application/occi+json", as_the_old_json),
        ("application/json", as_json_of_1_2),
    ],
)
def test_a_cluster_is_created_from_a_body(
    alice: Caller, network_of_alice: str, content_type: str, rendered: Callable[..., str]
) -> None:
    body = rendered(on_network(network_of_alice))
    answer = alice.request("POST", "/disco/", headers={"Content-Type": content_type}, data=body)
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]
    assert alice.show(location)["icclab.disco.components.heat.slavecount"] == "1"
    alice.request("DELETE", location)


def test_an_answer_names_the_versions_of_occi(alice: Caller) -> None:
    answer = alice.get("/-/")
    assert "OCCI/1.1" in answer.headers["Server"]
    assert "OCCI/1.2" in answer.headers["Server"]


def test_a_newer_version_of_occi_is_not_implemented(alice: Caller) -> None:
    assert alice.get("/-/", **{"User-Agent": "client OCCI/2.0"}).status_code == 501
    assert alice.get("/-/", **{"User-Agent": "client OCCI/1.2"}).status_code == 200


def test_both_addresses_of_the_query_interface_say_the_same(alice: Caller) -> None:
    well_known = alice.get("/.well-known/org/ogf/occi/-/")
    assert well_known.text == alice.get("/-/").text
    assert well_known.status_code == 200


def test_the_query_interface_needs_no_credentials(alice: Caller) -> None:
    assert Caller(alice.base, {}).get("/-/").status_code == 200


def test_an_address_without_its_slash_leads_on(alice: Caller) -> None:
    for path in ("/-", "/disco"):
        answer = alice.request("GET", path, allow_redirects=False)
        assert answer.status_code == 308
        assert alice.get(path).status_code == 200


def test_head_is_get_without_a_body(alice: Caller, standing_cluster: str) -> None:
    for path in ("/-/", "/disco/", standing_cluster):
        answer = alice.request("HEAD", path)
        assert answer.status_code == 200
        assert answer.text == ""


def test_options_tell_the_methods(alice: Caller, standing_cluster: str) -> None:
    for path in ("/-/", "/disco/", standing_cluster):
        answer = alice.request("OPTIONS", path)
        assert answer.status_code in (200, 204)
        assert "GET" in answer.headers["Allow"]


def test_a_method_that_is_not_there_says_which_are(alice: Caller) -> None:
    answer = alice.request("PATCH", "/disco/")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_an_action_by_its_category(alice: Caller, cluster_of_alice: str) -> None:
    category = f'suspend; scheme="{ACTION}"; class="action"'
    headers = {"Content-Type": "text/occi", "Category": category}
    answer = alice.request("POST", f"{cluster_of_alice}?action=suspend", headers=headers)
    assert answer.status_code == 200, answer.text
    alice.wait_for(cluster_of_alice, "SUSPEND_COMPLETE")
    # again: it is so already
    assert (
        alice.request("POST", f"{cluster_of_alice}?action=suspend", headers=headers).status_code
        == 200
    )


def test_the_actions_of_a_cluster_are_links(alice: Caller, standing_cluster: str) -> None:
    answer = alice.get(standing_cluster, Accept="text/occi")
    assert f"{standing_cluster}?action=suspend" in answer.headers["Link"]


def test_the_list_is_filtered_by_attributes_together(alice: Caller, standing_cluster: str) -> None:
    heat = "icclab.disco.components.heat"

    def listed(filter_: str) -> bool:
        answer = alice.get("/disco/", **{"Content-Type": "text/occi", "X-OCCI-Attribute": filter_})
        assert answer.status_code == 200
        return standing_cluster in answer.text

    assert listed(f'{heat}.slavecount="1",{heat}.networkname="net1"')
    assert not listed(f'{heat}.slavecount="1",{heat}.networkname="net2"')
    assert not listed(f'{heat}.slavecount="7"')


def test_unknown_attributes_are_kept_and_named(alice: Caller, network_of_alice: str) -> None:
    sent = {
        **on_network(network_of_alice),
        "my.own.note": "kept",
        "icclab.disco.components.heat.slavecuont": "2",
    }
    location = alice.create(sent).headers["Location"]
    shown = alice.show(location)
    assert shown["my.own.note"] == "kept"
    assert shown["icclab.disco.components.heat.slavecuont"] == "2"
    assert "my.own.note" in shown["disco.warnings"]
    assert "slavecuont" in shown["disco.warnings"]
    alice.request("DELETE", location)


def test_no_password_that_was_given_is_in_an_answer(alice: Caller, network_of_alice: str) -> None:
    deployers, own = uuid.uuid4().hex, "a password of my own, with 'quotes'"
    sent = {
        **on_network(network_of_alice, inject="{'jupyter': ''}", masterflavor="m1.medium"),
        "icclab.disco.hurtle.password": deployers,
        "icclab.disco.components.jupyter.password": own,
    }
    created = alice.create(sent)
    assert created.status_code == 201, created.text
    location = created.headers["Location"]
    for accept in RENDERINGS:
        answer = alice.get(location, Accept=accept)
        said = answer.text + str(answer.headers)
        assert deployers not in said
        assert "a password of my own" not in said
    alice.request("DELETE", location)


def test_credentials_may_stand_in_the_attributes(alice: Caller, network_of_alice: str) -> None:
    sent = {
        **on_network(network_of_alice),
        "icclab.disco.deployer.username": alice.headers["X-User-Name"],
        "icclab.disco.deployer.password": alice.headers["X-Password"],
    }
    answer = alice.create(sent, **{"X-User-Name": None, "X-Password": None})  # type: ignore[arg-type]
    assert answer.status_code == 201, answer.text
    alice.request("DELETE", answer.headers["Location"])


def test_a_token_that_is_refused_falls_back_to_the_password(alice: Caller) -> None:
    assert alice.get("/disco/", **{"X-Auth-Token": "gone"}).status_code == 200
    assert alice.get("/disco/", **{"X-Auth-Token": ""}).status_code == 200


def test_a_token_alone_is_enough(alice: Caller, alice_token: str) -> None:
    only = Caller(alice.base, {"X-Auth-Token": alice_token})
    assert only.get("/disco/").status_code == 200


def test_a_project_may_be_named_by_its_id(alice: Caller, alice_project_id: str) -> None:
    assert alice.get("/disco/", **{"X-Tenant-Name": alice_project_id}).status_code == 200


def test_the_private_key_belongs_to_the_public_one(alice: Caller, standing_cluster: str) -> None:
    from cryptography.hazmat.primitives import serialization

    shown = alice.show(standing_cluster)
    assert "\n" not in shown["ssh_private_key"]
    pem = shown["ssh_private_key"].replace("\\n", "\n").encode()
    public = serialization.load_ssh_private_key(pem, None).public_key()
    raw = public.public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    ).decode()
    assert shown["ssh_public_key"].split()[:2] == raw.split()
    assert re.fullmatch(r"disco_sshkey-disco_[0-9a-f-]{36}", shown["ssh_key_name"])


def test_a_user_s_own_public_key_is_used(alice: Caller, network_of_alice: str) -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOxzWHXzc8F5gfuNg0ZcGepem25tSBzEmzmFez+nu8z7 me"
    wanted = on_network(network_of_alice, sshpublickey=key)
    location = alice.create(wanted).headers["Location"]
    shown = alice.wait_for(location, "CREATE_COMPLETE")
    assert shown["ssh_public_key"].split()[1] == key.split()[1]
    assert "ssh_private_key" not in shown
    alice.request("DELETE", location)


def test_put_creates_under_the_client_s_id(alice: Caller, network_of_alice: str) -> None:
    from tests.support.service import join

    path = f"/disco/{uuid.uuid4()}"
    headers = {
        "Content-Type": "text/occi",
        "Category": KIND,
        "X-OCCI-Attribute": join(on_network(network_of_alice)),
    }
    answer = alice.request("PUT", path, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"].endswith(path)
    assert alice.request("PUT", path, headers=headers).status_code == 201
    alice.request("DELETE", path)


def test_deleting_the_collection_deletes_all_of_the_project(bob: Caller) -> None:
    locations = [bob.create(attributes()).headers["Location"] for _ in range(2)]
    assert bob.request("DELETE", "/disco/").status_code == 200
    for location in locations:
        bob.wait_until_gone(location)
