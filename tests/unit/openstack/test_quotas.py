"""Quotas where a cloud tells less than the embedded one, and what would fit."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from disco.errors import CloudError, Forbidden, NotInCloud
from disco.openstack.demand import LARGEST, Demand, count
from disco.openstack.quotas import Quota, quota_faults, read_quotas
from disco.spec import Flavor
from tests.support.specs import LARGE

SMALL = Flavor("2", "m1.small", 2048, 1, 20)
HEAT = "icclab.disco.components.heat"
ALL = {"instances": 1, "cores": 1, "ram": 1, "network": 1, "port": 1, "key_pairs": 1}


class Cloud:
    """Answers that are given by path; an exception is raised."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.login = mock.Mock(project_id="p")
        self._answers = answers

    has_volumes = True

    def get(self, service: str, path: str, **query: str) -> Any:
        answer = self._answers.get(path, NotInCloud("nothing there", by_service=True))
        if isinstance(answer, Exception):
            raise answer
        return answer

    def pages(self, service: str, path: str, key: str, **query: str) -> Any:
        return self.get(service, path)[key]


def read(answers: dict[str, Any]) -> dict[str, Quota]:
    return read_quotas(Cloud(answers), ALL)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "error",
    [NotInCloud("x", by_service=True), Forbidden("x"), CloudError("x")],
    ids=["404", "403", "500"],
)
def test_what_is_not_told_is_not_checked(error: Exception) -> None:
    paths = ("/limits", "/quotas/p/details", "/quotas/p")
    assert read(dict.fromkeys(paths, error)) == {}


def test_what_is_told_in_an_unknown_form_is_not_checked() -> None:
    assert read({"/limits": {"limits": []}, "/quotas/p/details": "?"}) == {}


@pytest.mark.parametrize("number", [float("inf"), float("nan"), "x", [], None, 10**400])
def test_a_number_that_is_none_is_not_checked(number: object) -> None:
    details = {"network": {"limit": number, "used": number, "reserved": number}}
    found = read(
        {
            "/limits": {"limits": {"absolute": {"maxTotalCores": number, "totalCoresUsed": 1}}},
            "/quotas/p/details": {"quota": details},
        }
    )
    assert not found or number == 10**400


def test_without_details_limits_are_read_and_use_is_counted() -> None:
    found = read(
        {
            "/quotas/p": {"quota": {"network": 3, "port": -1, "router": 1}},
            "/networks": {"networks": [{"id": "1"}, {"id": "2"}]},
        }
    )
    assert found == {"network": Quota("network", 3, 2)}


def test_reserved_counts_as_used_and_minus_one_is_no_limit() -> None:
    found = read(
        {
            "/quotas/p/details": {
                "quota": {
                    "network": {"limit": 3, "used": 1, "reserved": 1},
                    "port": {"limit": -1, "used": 9, "reserved": 0},
                }
            },
            "/limits": {"limits": {"absolute": {"maxTotalCores": -1, "totalCoresUsed": 4}}},
        }
    )
    assert found["network"].free == 1
    assert found["port"].free is None
    assert found["cores"].free is None


@pytest.mark.parametrize(("used", "free"), [(0, 9), (1, 9), (2, 8)])
def test_the_default_group_that_is_still_to_come_counts(used: int, free: int) -> None:
    group = {"limit": 10, "used": used, "reserved": 0}
    rule = {"limit": 100, "used": 4 * used, "reserved": 0}
    told = {"quota": {"security_group": group, "security_group_rule": rule}}
    cloud = Cloud({"/quotas/p/details": told})
    found = read_quotas(cloud, ["security_group", "security_group_rule"])  # type: ignore[arg-type]
    assert found["security_group"].free == free
    assert found["security_group_rule"].used == max(4, 4 * used)


def test_the_largest_server_group_must_not_have_too_many_servers() -> None:
    def server(group: str) -> dict[str, Any]:
        hints = {"group": {"get_resource": group}}
        return {"type": "OS::Nova::Server", "properties": {"scheduler_hints": hints}}

    resources = {f"worker_{n}": server("group_a") for n in range(12)}
    resources |= {f"worker_{n}": server("group_b") for n in range(12, 15)}
    resources |= {name: {"type": "OS::Nova::ServerGroup"} for name in ("group_a", "group_b")}
    taken = count(resources, [])
    assert (taken["server_groups"], taken["server_group_members"]) == (2, 12)
    told = {"/limits": {"limits": {"absolute": {"maxServerGroupMembers": 10}}}}
    cloud = Cloud(told)
    quotas = read_quotas(cloud, taken)  # type: ignore[arg-type]
    (fault,) = quota_faults(Demand(taken, {}, 15), quotas, LARGE, [LARGE])
    assert fault.attribute == f"{HEAT}.groups"
    assert "may have 10 servers" in fault.message and "has 12" in fault.message
    assert "at most 10" in (fault.allowed or "")


def demand(workers: int) -> Demand:
    total = {"instances": workers + 1, "cores": 4 * (workers + 1), "port": workers + 2}
    return Demand(total, {"instances": 1, "cores": 4, "port": 1}, workers)


def test_the_smallest_room_of_all_quotas_is_what_is_offered() -> None:
    quotas = {
        "instances": Quota("instances", 6, 0),
        "port": Quota("port", 5, 0),
        "cores": Quota("cores", None, 0),
    }
    faults = quota_faults(demand(9), quotas, LARGE, [LARGE, SMALL])
    assert {fault.attribute for fault in faults} == {f"{HEAT}.slavecount"}
    assert all("at most 3 workers" in (fault.allowed or "") for fault in faults)


def test_a_smaller_flavor_is_offered_where_it_would_do() -> None:
    (fault,) = quota_faults(demand(2), {"cores": Quota("cores", 8, 2)}, LARGE, [LARGE, SMALL])
    assert fault.attribute == f"{HEAT}.slaveflavor"
    assert "m1.small" in (fault.allowed or "")
    assert "m1.large" not in (fault.allowed or "").replace("of m1.large", "")
    (fault,) = quota_faults(demand(2), {"cores": Quota("cores", 10, 2)}, LARGE, [LARGE])
    assert fault.attribute == f"{HEAT}.slavecount"


def test_no_number_of_workers_is_offered_where_none_fits() -> None:
    (fault,) = quota_faults(demand(2), {"instances": Quota("instances", 1, 0)}, LARGE, [LARGE])
    assert "worker" not in (fault.allowed or "")
    assert "2 more of this quota" in (fault.allowed or "")


TYPED = {"volumes_id-1": 1, "gigabytes_id-1": 1, "gigabytes___DEFAULT__": 1, LARGEST: 1}


class Volumes(Cloud):
    """A cloud with the type ``fast`` and the quotas of an answer."""

    def volume_types(self) -> list[dict[str, str]]:
        return [{"id": "id-1", "name": "fast"}]


def typed(told: object, **answers: Any) -> dict[str, Quota]:
    cloud = Volumes({"/os-quota-sets/p": {"quota_set": told}, **answers})
    return read_quotas(cloud, TYPED)  # type: ignore[arg-type]


def test_quotas_of_a_type_are_found_by_its_name() -> None:
    one = {"limit": 9, "in_use": 3, "reserved": 2}
    default = {"/types/default": {"volume_type": {"id": "id-1", "name": "fast"}}}
    told = {"gigabytes_fast": one, "volumes_fast": {**one, "limit": -1}, "gigabytes_slow": one}
    found = typed(told, **default)
    assert found["gigabytes_id-1"] == Quota("gigabytes_fast", 9, 5, "fast")
    assert found["gigabytes___DEFAULT__"] == found["gigabytes_id-1"]
    assert found["volumes_id-1"].free is None
    # where the default type is not told its quotas are not checked
    assert "gigabytes___DEFAULT__" not in typed(told)


@pytest.mark.parametrize("told", [{}, [], None, {"gigabytes_fast": 7}, {LARGEST: None}])
def test_quotas_of_types_in_an_unknown_form_are_not_checked(told: object) -> None:
    assert typed(told) == {}


def test_a_fault_names_the_type_and_what_asks_for_it() -> None:
    quotas = {
        "gigabytes_id-1": Quota("gigabytes_fast", 9, 5, "fast"),
        LARGEST: Quota(LARGEST, 4, 0),
    }
    for from_volumes, attribute in ((True, "rootvolumesize"), (False, "volumesize")):
        demand = Demand({"gigabytes_id-1": 10, LARGEST: 5}, {"gigabytes_id-1": 5}, 1, from_volumes)
        typed_fault, large = quota_faults(demand, quotas, None, [])
        assert typed_fault.attribute == large.attribute == f"{HEAT}.{attribute}"
        assert "9 GB of volumes of the type 'fast'" in typed_fault.message
        assert large.allowed == "at most 4"
