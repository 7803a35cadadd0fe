"""A cluster as the service shows it, and what of it is secret."""

from __future__ import annotations

import pytest

from disco.attributes import MASTER_NAME, component_attribute
from disco.client import Cluster, InvalidAnswer
from tests.support.hostile import ADDRESSES, IDS, NAMES
from tests.support.shipped import CATALOGUE
from tests.support.wire import ID, resource


def test_secrets_are_in_no_repr() -> None:
    cluster = Cluster(
        ID, {"ssh_private_key": "s3cret", "x.password": "s3cret", "x.secret.conf.y.z": "s3cret"}
    )
    assert "s3cret" not in repr(cluster)
    assert set(cluster.secrets) == {"ssh_private_key", "x.password", "x.secret.conf.y.z"}
    assert "s3cret" not in str(cluster.public_attributes())


def test_every_secret_of_a_framework_is_told_by_its_name() -> None:
    names = {
        component_attribute(component.name, prop.name)
        for component in CATALOGUE.values()
        for prop in component.properties.values()
        if prop.type == "secret"
    }
    assert component_attribute("objectstore", "secretkey") in names
    assert set(Cluster(ID, dict.fromkeys(names, "s3cret")).secrets) == names


def test_actions_are_those_that_the_service_allows() -> None:
    assert Cluster.read(resource("CREATE_COMPLETE", "scale", "suspend")).actions == (
        "scale",
        "suspend",
    )


def test_a_resumed_cluster_is_busy_until_its_check_has_ended_and_failed_if_that_failed() -> None:
    told = {"disco.failure.node": "w-1", "disco.failure.step": "dask:checked"}
    checking = Cluster.read(resource("RESUME_COMPLETE", **{"disco.phase": "checking"}))
    failed = Cluster.read(resource("RESUME_COMPLETE", **{"disco.check": "failed", **told}))
    assert (checking.is_busy, checking.is_failed) == (True, False)
    assert (failed.is_busy, failed.is_failed) == (False, True)
    assert failed.reason == "w-1: dask:checked"


def test_frameworks_are_read_from_either_form_of_the_dictionary_and_from_a_list() -> None:
    inject = "icclab.disco.dependencies.inject"
    wanted = {"dask": "1.0", "jupyter": ""}
    assert Cluster(ID, {inject: "{'dask': '1.0', 'jupyter': None}"}).frameworks == wanted
    assert Cluster(ID, {inject: '{"dask": "1.0", "jupyter": null}'}).frameworks == wanted
    for odd in ("(" * 10_000, "{[]: 1}", "{{}: 1}", "{{1}}", "-'a'", "{1: 2}"):
        assert Cluster(ID, {inject: odd}).frameworks == {}
    assert Cluster(ID, {"disco.frameworks": "dask+spark"}).frameworks == {"dask": "", "spark": ""}


def test_the_private_key_has_lines_of_its_own() -> None:
    cluster = Cluster(ID, {"ssh_private_key": "BEGIN\\nAAAA\\nEND"})
    assert cluster.private_key == "BEGIN\nAAAA\nEND"


@pytest.mark.parametrize(
    ("name", "value", "use"),
    [
        *((MASTER_NAME, name, "master_name") for name in NAMES),
        *(("external_ip", address, "address") for address in ADDRESSES),
        ("ssh_private_key", "a\x1b[2J", "private_key"),
        ("ssh_private_key", "a" * 70_000, "private_key"),
    ],
)
def test_an_odd_attribute_is_told_kept_from_use_and_not_there(
    name: str, value: str, use: str
) -> None:
    cluster = Cluster.read(resource("CREATE_COMPLETE", **{name: value}))
    assert (cluster.status, list(cluster.odd)) == ("CREATE_COMPLETE", [name])
    assert name not in cluster.attributes
    with pytest.raises(InvalidAnswer, match=f"The cluster {ID} cannot be used. Invalid "):
        getattr(cluster, use)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stack_status", "a\nb"),
        ("worker_external_ips", "192.0.2.1,evil.example"),
        ("icclab.disco.components.heat.slavename", "-x"),
    ],
)
def test_what_is_only_shown_is_left_out(name: str, value: str) -> None:
    assert list(Cluster(ID, {name: value}).odd) == [name]


@pytest.mark.parametrize("value", IDS)
def test_no_cluster_can_be_made_with_another_id(value: str) -> None:
    with pytest.raises(InvalidAnswer):
        Cluster(value)


@pytest.mark.parametrize("count", ["²", "9" * 5000, "-1", "x", "1e5", ""])
def test_a_number_of_workers_that_is_none_is_unknown(count: str) -> None:
    assert Cluster(ID, {"icclab.disco.components.heat.slavecount": count}).workers is None


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{'a': 1" + "0" * 5000 + "}", "{'a': 0x" + "f" * 9000 + "}", "{1: 2}"]
)
def test_frameworks_in_hostile_text_are_none_or_plain(text: str) -> None:
    inject = "icclab.disco.dependencies.inject"
    assert all(len(v) < 100 for v in Cluster(ID, {inject: text}).frameworks.values())
