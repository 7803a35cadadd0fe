"""A cluster as the service shows it, and what of it is secret."""

from __future__ import annotations

from disco.client import Cluster
from tests.support.wire import ID, resource


def test_secrets_are_in_no_repr() -> None:
    cluster = Cluster(ID, {"ssh_private_key": "s3cret", "x.password": "s3cret"})
    assert "s3cret" not in repr(cluster)
    assert set(cluster.secrets) == {"ssh_private_key", "x.password"}
    assert "s3cret" not in str(cluster.public_attributes())


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
    assert Cluster(ID, {inject: "(" * 10_000}).frameworks == {}
    assert Cluster(ID, {"disco.frameworks": "dask+spark"}).frameworks == {"dask": "", "spark": ""}


def test_the_private_key_has_lines_of_its_own() -> None:
    cluster = Cluster(ID, {"ssh_private_key": "BEGIN\\nAAAA\\nEND"})
    assert cluster.private_key == "BEGIN\nAAAA\nEND"
