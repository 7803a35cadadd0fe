"""What a cluster takes of each quota, counted from what Heat is given."""

from __future__ import annotations

from dataclasses import replace

from disco.heat.template.stack import render_stack
from disco.openstack.demand import count, demand_of
from tests.support.specs import LARGE, SHIPPED, draft


def test_resources_are_counted_as_rendered() -> None:
    plan, spec = draft({"dask": "", "jupyter": ""}, workers=3)
    taken = count(render_stack(SHIPPED, plan, spec).resources, [LARGE])
    assert taken["instances"] == 4
    assert taken["cores"] == 4 * LARGE.vcpus
    assert taken["ram"] == 4 * LARGE.ram_mb
    assert taken["port"] == 4 + 1  # the router's
    assert taken["security_group_rule"] == 5  # docs/openstack.md
    own = draft(ssh_key_name="mine", ssh_public_key=None)
    assert "key_pairs" not in count(render_stack(SHIPPED, *own).resources, [LARGE])


def test_servers_and_groups_that_make_more_than_they_say() -> None:
    resources = {
        "s": {"type": "OS::Nova::Server", "properties": {"networks": [{"network": "n"}]}},
        "g": {"type": "OS::Neutron::SecurityGroup", "properties": {"rules": []}},
    }
    taken = count(resources, [])
    assert taken["port"] == 1
    assert taken["security_group_rule"] == 2


def test_a_request_that_cannot_be_rendered_takes_what_its_stack_would() -> None:
    plan, spec = draft({"dask": ""}, workers=3)
    rendered = render_stack(SHIPPED, plan, spec)
    whole = demand_of(SHIPPED, plan, spec, rendered)
    assert whole.total["instances"] == 4
    assert whole.per_worker == {"instances": 1, "cores": 4, "ram": 8192, "port": 1} | {
        name: 0 for name in whole.total if name not in ("instances", "cores", "ram", "port")
    }
    assert demand_of(SHIPPED, plan, spec, None).total == whole.total
    # more workers than the network has addresses for are counted, too
    many = replace(spec, workers=replace(spec.workers, count=5000))
    assert demand_of(SHIPPED, None, many, None).total["instances"] == 5001


def test_workers_that_fit_follow_from_what_is_free() -> None:
    plan, spec = draft({"dask": ""}, workers=3)
    demand = demand_of(SHIPPED, plan, spec, render_stack(SHIPPED, plan, spec))
    assert demand.fitting("instances", 3) == 2
    assert demand.fitting("instances", None) is None
    assert demand.fitting("network", 0) is None
