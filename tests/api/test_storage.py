"""Clusters with a place in the object store: a real Swift, and a real Keystone for their keys."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("swift", reason="needs the extra object-store (swift not installed)")

from disco.embedded.cloud import Credentials, EmbeddedCloud
from disco.openstack.delete_credential import heat_endpoint
from disco.openstack.object_store import StorageKeys
from disco.openstack.session import Login
from tests.support.cloud import headers_of, heat_of, make_network, session_of
from tests.support.object_store import IDENTITY, keys_of, s3_of, store_cloud, swift_of
from tests.support.service import KIND, Caller, ServiceProcess, join, on_network, running_service
from tests.support.specs import unpacked

__all__ = ["store_cloud"]
pytestmark = pytest.mark.slow

STORE = "icclab.disco.components.objectstore"
PLACE, SECRET = f"{STORE}.location", f"{STORE}.secretkey"
NETWORK = "network-of-stores"


@pytest.fixture(scope="module")
def demo(store_cloud: EmbeddedCloud) -> Credentials:
    make_network(heat_of(store_cloud.credentials), NETWORK)
    swift_of(store_cloud.credentials).put_container("work")
    return store_cloud.credentials


@pytest.fixture(scope="module")
def stores(
    tmp_path_factory: pytest.TempPathFactory, store_cloud: EmbeddedCloud
) -> Iterator[ServiceProcess]:
    """The service on a cloud with an object store."""
    folder = tmp_path_factory.mktemp("stores")
    with running_service(folder, store_cloud.auth_url, node_host="169.254.169.254") as process:
        yield process


@pytest.fixture(scope="module")
def caller(stores: ServiceProcess, demo: Credentials) -> Caller:
    return Caller(stores.base, headers_of(demo))


def wanted(place: str | None = "s3a://work/data", **more: str) -> dict[str, str]:
    """A cluster of two nodes with Dask and a place."""
    named = {f"{STORE}.{name}": value for name, value in more.items()}
    placed = {PLACE: place} if place else {}
    return on_network(NETWORK, inject="{'dask': ''}", masterflavor="m1.medium") | placed | named


def preview(caller: Caller, attributes: dict[str, str]) -> Any:
    sent = {"Content-type": "text/occi", "Category": KIND, "X-OCCI-Attribute": join(attributes)}
    return caller.request("POST", "/disco/?action=preview", headers=sent)


def refusal(caller: Caller, attributes: dict[str, str]) -> str:
    """What a create is refused with; a preview says the same."""
    answer = caller.create(attributes)
    assert answer.status_code == 400, answer.text
    return str(answer.text)


def test_a_cluster_s_key_is_made_with_it_works_and_goes_with_it(
    caller: Caller, demo: Credentials
) -> None:
    before = keys_of(demo)
    location = caller.create(wanted()).headers["Location"]
    shown = caller.wait_for(location, "CREATE_COMPLETE")
    made = {k: v for k, v in keys_of(demo).items() if k not in before}
    key = "disco" + location.rpartition("/")[2].replace("-", "")
    assert list(made) == [key]
    assert shown[SECRET] == made[key]["secret"], "its owner sees the secret, as other passwords"
    assert shown[PLACE] == "s3a://work/data"

    s3 = s3_of(demo, made[key])
    s3.put_object(Bucket="work", Key="data/row", Body=b"1")
    assert swift_of(demo).get_object("work", "data/row")[1] == b"1"

    stack = heat_of(demo).stacks.get(f"disco_{location.rpartition('/')[2]}")
    assert made[key]["secret"] not in json.dumps(stack.to_dict()), "in no parameter or output"

    assert caller.request("DELETE", location).status_code == 200
    assert key not in keys_of(demo), "the key goes with its cluster"
    caller.wait_until_gone(location)
    assert swift_of(demo).get_object("work", "data/row")[1] == b"1", "the data stays"


def test_nodes_are_told_the_store_s_address_and_its_key(caller: Caller, demo: Credentials) -> None:
    before = keys_of(demo)
    answer = preview(caller, wanted())
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert "objectstore" in shown["frameworks"]
    port = session_of(demo).get_endpoint(service_type="s3").rpartition(":")[2]
    for role in ("master", "worker"):
        script = unpacked(shown["user_data"][role])
        assert f"AWS_ENDPOINT_URL=http://169.254.169.254:{port}" in script
        assert "aws_access_key_id=disco" in script
        assert "s3fs pyarrow" in script
    assert keys_of(demo) == before, "a preview makes nothing"


def test_what_cannot_be_used_is_refused_in_words_before_there_is_a_cluster(
    caller: Caller, demo: Credentials
) -> None:
    before = keys_of(demo), len(list(heat_of(demo).stacks.list()))
    said = refusal(caller, wanted("s3a://nowhere"))
    assert "there is no bucket 'nowhere' in this project" in said
    assert "openstack container create" in said
    assert "cannot be a bucket" in refusal(caller, wanted("s3a://Work"))
    assert "does not begin with s3a://" in refusal(caller, wanted("work"))
    both = refusal(caller, wanted(accesskey="AKIAMINE"))
    assert "an access key and its secret belong together" in both
    nothing = wanted(None) | {"icclab.disco.dependencies.inject": "{'objectstore': ''}"}
    assert f"{PLACE}: is required" in refusal(caller, nothing)
    after = keys_of(demo), len(list(heat_of(demo).stacks.list()))
    assert after == before


def test_another_project_s_bucket_is_none_of_mine(
    stores: ServiceProcess, store_cloud: EmbeddedCloud, demo: Credentials
) -> None:
    other = store_cloud.credentials_of("other")
    make_network(heat_of(other), NETWORK)
    stranger = Caller(stores.base, headers_of(other))
    assert "there is no bucket 'work' in this project" in refusal(stranger, wanted())


def test_a_bucket_that_takes_nothing_is_refused_before_there_is_a_key(
    caller: Caller, demo: Credentials
) -> None:
    before = keys_of(demo)
    swift_of(demo).put_container("full", {"X-Container-Meta-Quota-Count": "0"})
    answer = caller.create(wanted("s3a://full"))
    assert answer.status_code == 400, answer.text
    assert "nothing can be written to the bucket 'full'" in answer.text
    assert keys_of(demo) == before


def test_a_key_of_one_s_own_is_used_and_kept_out_of_sight(
    caller: Caller, demo: Credentials
) -> None:
    before = keys_of(demo)
    own = {"endpoint": "https://s3.example.org", "accesskey": "AKIAMINE", "secretkey": "own/secret"}
    shown = preview(caller, wanted("s3a://elsewhere", **own))
    assert shown.status_code == 200, shown.text
    assert "AWS_ENDPOINT_URL=https://s3.example.org" in unpacked(
        shown.json()["user_data"]["worker"]
    )
    location = caller.create(wanted("s3a://elsewhere", **own)).headers["Location"]
    found = caller.wait_for(location, "CREATE_COMPLETE")
    assert "own/secret" not in json.dumps(found)
    assert keys_of(demo) == before
    caller.request("DELETE", location)
    caller.wait_until_gone(location)


def test_a_repeated_create_has_one_key_and_a_refused_one_leaves_none(
    caller: Caller, demo: Credentials
) -> None:
    before = keys_of(demo)
    number = str(uuid.uuid4())
    asked = wanted() | {"occi.core.id": number}
    first, second = caller.create(asked), caller.create(asked)
    assert (first.status_code, second.status_code) == (201, 201), second.text
    key = "disco" + number.replace("-", "")
    assert set(keys_of(demo)) - set(before) == {key}
    location = first.headers["Location"]
    another = wanted("s3a://work/other") | {"occi.core.id": number}
    assert caller.create(another).status_code == 409
    assert key in keys_of(demo), "the cluster that is there keeps its key"
    caller.wait_for(location, "CREATE_COMPLETE")
    caller.request("DELETE", location)
    caller.wait_until_gone(location)
    assert keys_of(demo) == before


def test_keys_of_clusters_that_ended_by_themselves_are_found_again(demo: Credentials) -> None:
    session = session_of(demo)
    login = Login(session, session.get_project_id(), session.get_user_id(), 0.0, None)
    keys = StorageKeys(login)
    gone, living, young = (str(uuid.uuid4()) for _ in range(3))
    for number in (gone, living, young):
        keys.make(number, "a secret of forty characters")
    for number in (gone, living):
        make_older(demo, number)
    mine = json.dumps({"access": "mine", "secret": "x"})
    body = {"type": "ec2", "blob": mine, "user_id": login.user_id, "project_id": login.project_id}
    session.post("/credentials", endpoint_filter=IDENTITY, json={"credential": body})
    assert heat_endpoint(login)
    assert keys.remove_over([living]) == [gone]
    left = keys_of(demo)
    assert {"mine", *("disco" + n.replace("-", "") for n in (living, young))} <= set(left)
    keys.remove([living, young])
    assert set(left) - set(keys_of(demo)) == {
        "disco" + number.replace("-", "") for number in (living, young)
    }


def make_older(credentials: Credentials, number: str) -> None:
    """Have a key made two days ago."""
    session = session_of(credentials)
    listed = session.get("/credentials?type=ec2", endpoint_filter=IDENTITY).json()["credentials"]
    for one in listed:
        blob = json.loads(one["blob"])
        if blob["access"] == "disco" + number.replace("-", ""):
            blob["disco"]["made"] -= 2 * 86400
            changed = {"credential": {"blob": json.dumps(blob)}}
            path = f"/credentials/{one['id']}"
            session.patch(path, endpoint_filter=IDENTITY, json=changed)


def test_the_log_has_no_secret_of_a_cluster(stores: ServiceProcess, caller: Caller) -> None:
    location = caller.create(wanted()).headers["Location"]
    secret = caller.wait_for(location, "CREATE_COMPLETE")[SECRET]
    caller.request("DELETE", location)
    caller.wait_until_gone(location)
    assert len(secret) == 40
    assert secret not in Path(stores.folder / "sm.log").read_text()
