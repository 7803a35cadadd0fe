"""What a create asks ahead is what it would ask anyway, and no more."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import requests_mock as requests_mocks

from disco.errors import CloudError
from disco.openstack.ahead import begin_create, begin_lists, begin_quotas
from disco.openstack.catalog import CloudCatalogue
from disco.openstack.quotas import read_quotas
from tests.support.catalogue import login_to

NAMES = ("instances", "port", "key_pairs")
TELL: dict[str, Any] = {"maxTotalInstances": 9, "totalInstancesUsed": 0, "maxTotalKeypairs": 3}


def cloud(requests_mock: requests_mocks.Mocker, **limits: Any) -> CloudCatalogue:
    requests_mock.get(
        requests_mocks.ANY,
        json={
            "limits": {"absolute": {**TELL, **limits}},
            "quota": {"port": {"limit": 5, "used": 1, "reserved": 0}},
            "keypairs": [],
            "flavors": [],
            "images": [],
            "networks": [],
        },
    )
    return CloudCatalogue(login_to())


def asked(requests_mock: requests_mocks.Mocker) -> Counter[str]:
    return Counter(request.path for request in requests_mock.request_history)


@pytest.mark.parametrize("ahead", [False, True])
@pytest.mark.parametrize(("most", "pairs"), [(3, 1), (-1, 0)])
def test_quotas_are_asked_for_as_often_ahead_as_not(
    requests_mock: requests_mocks.Mocker, ahead: bool, most: int, pairs: int
) -> None:
    project = cloud(requests_mock, maxTotalKeypairs=most)
    if ahead:
        begin_create(project, {}, check_quotas=True)
        begin_quotas(project, NAMES)
    found = read_quotas(project, NAMES)
    assert (found["instances"].limit, found["port"].free) == (9, 4)
    told = asked(requests_mock)
    assert [n for p, n in told.items() if p.endswith("/limits")] == [1]
    assert sum(n for p, n in told.items() if p.endswith("/os-keypairs")) == pairs


@pytest.mark.parametrize("heat", [{}, {"externalnetworkname": "public"}, {"network": "mine"}])
def test_lists_are_asked_for_once(
    requests_mock: requests_mocks.Mocker, heat: dict[str, object]
) -> None:
    project = cloud(requests_mock)
    begin_create(project, heat, check_quotas=False)
    assert project.raw_flavors() == project.images() == []
    if heat:
        assert project.networks() == []
    told = asked(requests_mock)
    assert set(told.values()) == {1}
    assert any(path.endswith("/networks") for path in told) is bool(heat)
    assert not any(path.endswith("/limits") for path in told)


@pytest.mark.parametrize("heat", [{"skipquota": True}, {"sshkeyname": "mine"}])
def test_what_a_request_does_not_need_is_not_asked_for(
    requests_mock: requests_mocks.Mocker, heat: dict[str, object]
) -> None:
    project = cloud(requests_mock)
    begin_create(project, heat, check_quotas=True)
    for begun in project._begun.values():
        begun.result()
    told = asked(requests_mock)
    assert not any(path.endswith("/os-keypairs") for path in told)
    assert any(path.endswith("/limits") for path in told) is not bool(heat.get("skipquota"))


def test_a_failure_is_told_where_the_answer_is_wanted(
    requests_mock: requests_mocks.Mocker,
) -> None:
    requests_mock.get(requests_mocks.ANY, status_code=500)
    project = CloudCatalogue(login_to())
    begin_lists(project, networks=True)
    for ask, service in ((project.images, "image"), (project.networks, "network")):
        with pytest.raises(CloudError, match=service):
            ask()
