"""A request becomes a plan step by step, and every step's faults are in one answer."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest

from disco.attributes import (
    GENERATED,
    GROUPS,
    INJECT,
    REMOVE,
    SLAVE_COUNT,
    WORKERS,
    heat_attribute,
)
from disco.clusters import plan
from disco.config import load_settings
from disco.errors import Fault, InvalidRequest
from disco.openstack.quotas import Quota
from disco.spec import Flavor
from tests.support.specs import ID, SHIPPED, sent_resources

MEDIUM = Flavor("3", "medium", 4096, 2, 40)
REQUEST = {
    heat_attribute("masterimage"): "image",
    heat_attribute("slaveimage"): "image",
    heat_attribute("masterflavor"): "medium",
    heat_attribute("slaveflavor"): "medium",
    heat_attribute("externalnetworkname"): "public",
    SLAVE_COUNT: "2",
    INJECT: "{'dask': ''}",
}


class Cloud:
    """Has the flavor ``medium`` and any image and network."""

    def __init__(self, login: mock.Mock) -> None:
        self.login = login
        self.faults: list[Fault] = []
        self.warnings: list[str] = []

    def begin(self, *_: object, **__: object) -> None:
        """Nothing is asked ahead."""

    def flavor(self, attribute: str, name: str) -> Flavor | None:
        if name == MEDIUM.name:
            return MEDIUM
        self.faults.append(Fault(attribute, f"there is no flavor {name!r}"))
        return None

    def flavors(self) -> list[Flavor]:
        return [MEDIUM]

    usable_flavors = flavors

    def images(self) -> list[dict[str, str]]:
        return []

    def image(self, *_: object) -> str:
        return "image-id"

    def external_network(self, *_: object) -> str:
        return "public-id"

    def volume(self, *_: object) -> None:
        return None


@pytest.fixture
def planner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> plan.Planner:
    config = tmp_path / "sm.cfg"
    config.write_text("[service_manager]\ndesign_uri=http://127.0.0.1:1/v3\n")
    monkeypatch.setattr(plan, "CloudCatalogue", Cloud)
    monkeypatch.setattr(plan, "Stacks", mock.Mock())
    monkeypatch.setattr(
        plan, "read_quotas", lambda cloud, names: {"instances": Quota("instances", 4, 0)}
    )
    return plan.Planner(load_settings(config), SHIPPED)


def test_a_plan_has_what_heat_is_given_and_what_it_takes(planner: plan.Planner) -> None:
    made = planner.plan(mock.Mock(project_id="p"), REQUEST, ID)
    assert made.install.frameworks == ("dask",)
    assert made.spec.master.flavor == MEDIUM
    assert "worker_2" in sent_resources(made.rendered)
    assert made.demand.total["instances"] == 3
    assert made.quotas["instances"].limit == 4


def test_faults_of_all_steps_are_in_one_answer(planner: plan.Planner) -> None:
    wrong = {
        **REQUEST,
        REMOVE: "disco-worker-1",
        SLAVE_COUNT: "9",
        heat_attribute("slaveflavor"): "giant",
        GROUPS: "{'big': 2}",
    }
    with pytest.raises(InvalidRequest) as refused:
        planner.plan(mock.Mock(project_id="p"), wrong, ID)
    faults = [(fault.attribute, fault.code) for fault in refused.value.faults]
    assert [attribute for attribute, _ in faults] == [
        GROUPS, REMOVE, heat_attribute("slaveflavor"), SLAVE_COUNT
    ]  # fmt: skip
    assert faults[-1][1] == "quota-exceeded"


def test_quotas_of_a_repeated_create_are_not_compared(planner: plan.Planner) -> None:
    many = {**REQUEST, SLAVE_COUNT: "9"}
    made = planner.plan(mock.Mock(project_id="p"), many, ID, check_quotas=False)
    assert (made.spec.worker_count, made.quotas) == (9, {})
    skipped = {**many, heat_attribute("skipquota"): "true"}
    assert planner.plan(mock.Mock(project_id="p"), skipped, ID).quotas == {}


def test_validation_asks_nobody(planner: plan.Planner) -> None:
    request = planner.validate({**REQUEST, INJECT: "{'nonesuch': ''}"})
    assert request.install is None
    assert [fault.attribute for fault in request.faults] == [INJECT]
    assert request.heat["slavecount"] == 2


@pytest.mark.parametrize("name", [GENERATED, WORKERS, "disco.x", "external_ip", "stack_status"])
def test_what_disco_says_cannot_be_sent(planner: plan.Planner, name: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        planner.plan(mock.Mock(project_id="p"), {**REQUEST, name: "x"}, ID)
    assert (caught.value.code, caught.value.faults[0].attribute) == ("reserved-attribute", name)
