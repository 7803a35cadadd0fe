"""How Ray is started: who computes, and what its memory is divided into."""

import re

import pytest

from disco.heat.template.jinja_environment import Templates
from disco.heat.template.template_context import Contexts
from tests.support.shipped import CATALOGUE
from tests.support.specs import draft


def start(role, workers=3, **properties):
    """The script that starts a node, and the context it was made in."""
    plan, spec = draft({"ray": ""}, workers=workers, catalogue=CATALOGUE)
    spec.properties["ray"].update(properties)
    context = Contexts(plan, spec).component("ray", role)
    return Templates(CATALOGUE, spec.id).file("ray", "start.sh.j2", context), context


@pytest.mark.parametrize(("role", "workers", "cores"), [
    ("master", 3, 0), ("worker", 3, 4), ("master", 0, 4),
])  # fmt: skip
def test_the_head_computes_only_where_nobody_else_can(role, workers, cores):
    text, _ = start(role, workers)
    assert re.findall(r"--num-cpus (\d+)", text) == [str(cores)]
    assert ("--head" in text) == (role == "master")


@pytest.mark.parametrize("percent", [5, 30, 70])
def test_its_share_of_the_node_is_divided_and_no_more(percent):
    text, context = start("worker", object_store_percent=percent)
    rest, store = (int(n) for n in re.findall(r"\(\(1048576 \* (\d+)\)\)", text))
    assert rest + store == context["memory"].ram_mb
    assert store == context["memory"].ram_mb * percent // 100


def test_every_port_is_declared():
    used = set()
    for role in ("master", "worker"):
        text, _ = start(role)
        used |= {int(n) for n in re.findall(r"-port (\d+)", text)}
    declared = {port.port for port in CATALOGUE["ray"].ports}
    assert used - {11999} <= declared  # the last of a range whose first is declared
    assert declared - used == {6386, 6387}  # of the environment
