import dataclasses

import pytest

from disco.components.install_plan import InstallPlan, Step
from tests.support.components import catalogue, component


def test_a_step_is_written_and_ordered_by_its_names():
    steps = [Step("b", "ready"), Step("a", "ready"), Step("a", "installed")]
    assert [str(step) for step in sorted(steps)] == ["a:installed", "a:ready", "b:ready"]


def test_frameworks_are_those_beside_the_base_in_plan_order():
    steps = (
        Step("heat", "start"),
        Step("b", "installed"),
        Step("a", "installed"),
        Step("b", "ready"),
        Step("shell", "end"),
    )
    plan = InstallPlan(steps, {}, catalogue(component("a"), component("b")), {})
    assert plan.frameworks == ("b", "a")
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.steps = ()
