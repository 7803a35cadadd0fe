"""Quotas are refused in the words of the service that each belongs to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from disco.embedded.services.api_error import ApiError
from disco.embedded.services.quotas import DEFAULTS, Quotas
from disco.embedded.services.records import Records


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path / "resources.db")


@pytest.fixture
def quotas(tmp_path: Path, records: Records) -> Quotas:
    return Quotas(tmp_path / "quota.json", records)


def limit(tmp_path: Path, **limits: int) -> None:
    (tmp_path / "quota.json").write_text(json.dumps(limits))


def test_without_a_file_the_defaults_hold(quotas: Quotas) -> None:
    assert quotas.limits() == DEFAULTS


def test_a_damaged_file_changes_nothing(quotas: Quotas, tmp_path: Path) -> None:
    (tmp_path / "quota.json").write_text("{")
    assert quotas.limits() == DEFAULTS


def test_the_file_is_read_at_each_check(quotas: Quotas, records: Records, tmp_path: Path) -> None:
    quotas.check_server("p", 1, 512)
    limit(tmp_path, instances=0)
    with pytest.raises(ApiError, match="Quota exceeded for instances: Requested 1, but already"):
        quotas.check_server("p", 1, 512)


def test_a_server_counts_by_its_flavor_in_its_own_project(
    quotas: Quotas, records: Records, tmp_path: Path
) -> None:
    records.put("server", {"id": "a", "project_id": "p", "_flavor": "3"})
    assert quotas.compute_use("p") == {"instances": 1, "cores": 2, "ram": 4096}
    limit(tmp_path, cores=3, ram=5000)
    quotas.check_server("q", 2, 4096)
    with pytest.raises(ApiError) as caught:
        quotas.check_server("p", 2, 4096)
    assert caught.value.status == 403
    assert caught.value.message == (
        "Quota exceeded for cores, ram: Requested 2, 4096, but already used 2, 4096 of 3, 5000"
        " cores, ram"
    )


def test_minus_one_is_no_limit(quotas: Quotas, records: Records, tmp_path: Path) -> None:
    limit(tmp_path, instances=-1, volumes=-1, gigabytes=-1, key_pairs=-1, port=-1)
    quotas.check_server("p", 1, 512)
    quotas.check_volume("p", 10**6)
    quotas.check_key_pair("p")
    quotas.check_network("port", "p")


def test_a_volume_is_refused_by_number_and_by_size(
    quotas: Quotas, records: Records, tmp_path: Path
) -> None:
    records.put("volume", {"id": "v", "project_id": "p", "size": 8})
    limit(tmp_path, gigabytes=10)
    quotas.check_volume("p", 2)
    with pytest.raises(ApiError, match="Requested 3G, quota is 10G and 8G has been") as caught:
        quotas.check_volume("p", 3)
    assert caught.value.status == 413
    limit(tmp_path, volumes=1)
    with pytest.raises(ApiError, match=r"Maximum number of volumes allowed \(1\) exceeded"):
        quotas.check_volume("p", 1)


def test_neutrons_names_may_be_plural_in_the_file(
    quotas: Quotas, records: Records, tmp_path: Path
) -> None:
    limit(tmp_path, ports=1)
    quotas.check_network("port", "p")
    records.put("port", {"id": "a", "project_id": "p"})
    with pytest.raises(ApiError) as caught:
        quotas.check_network("port", "p")
    assert (caught.value.status, caught.value.kind) == (409, "OverQuota")


def test_one_key_pair_too_many_is_refused(quotas: Quotas, records: Records, tmp_path: Path) -> None:
    limit(tmp_path, key_pairs=1)
    quotas.check_key_pair("p")
    records.put("keypair", {"id": "k", "project_id": "p"})
    with pytest.raises(ApiError, match="too many key pairs"):
        quotas.check_key_pair("p")
