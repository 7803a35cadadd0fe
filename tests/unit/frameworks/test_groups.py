"""What a group's workers offer of themselves to each framework."""

import json
import re

import yaml

from disco.heat.template.stack import render_stack
from disco.spec import WorkerGroup
from tests.support.specs import HUGE, SHIPPED, draft, unpacked


def scripts(*groups, frameworks=("dask", "hadoop", "ray", "spark")):
    plan, spec = draft(
        dict.fromkeys(frameworks, ""),
        flavor=HUGE,
        groups=tuple(WorkerGroup(g, f"disco-{g}", "image", HUGE, 1) for g in groups),
    )
    stack = render_stack(SHIPPED, plan, spec)
    files = {name: unpacked(text) for name, text in stack.user_data.items()}
    assert yaml.safe_load(stack.template)
    return files


def value(script, name):
    found = re.search(rf"<name>{re.escape(name)}</name><value>(.*?)</value>", script)
    return found and found[1]


def test_yarn_counts_a_group_as_a_resource_that_its_workers_alone_have():
    found = scripts("big", "gpu")
    for script in found.values():
        assert value(script, "yarn.resource-types") == "big,gpu"
    offered = "yarn.nodemanager.resource-type.{}"
    assert value(found["worker-big"], offered.format("big")) == "32"
    assert value(found["worker-big"], offered.format("gpu")) is None
    assert value(found["worker"], offered.format("big")) is None
    calculator = value(found["master"], "yarn.scheduler.capacity.resource-calculator")
    assert calculator.endswith(".DominantResourceCalculator")


def test_memory_alone_still_decides_how_many_containers_a_node_has():
    script = scripts("big")["worker"]
    cores = int(value(script, "yarn.nodemanager.resource.cpu-vcores"))
    room = int(value(script, "yarn.nodemanager.resource.memory-mb"))
    most = room // int(value(script, "yarn.scheduler.minimum-allocation-mb"))
    assert cores >= most * int(value(script, "yarn.scheduler.maximum-allocation-vcores"))


def test_a_group_with_a_name_of_yarn_s_own_is_no_resource():
    script = scripts("memory")["worker-memory"]
    assert value(script, "yarn.resource-types") is None
    assert int(value(script, "yarn.nodemanager.resource.cpu-vcores")) > 32


def test_spark_s_workers_offer_their_group():
    found = scripts("big", frameworks=("spark",))
    assert "-Dspark.worker.resource.big.amount=32 " in found["worker-big"]
    (said,) = re.findall(r"^echo '(\{\"name.*)'$", found["worker-big"], re.M)
    assert json.loads(said) == {"name": "big", "addresses": [str(n) for n in range(32)]}
    assert "spark.worker.resource" not in found["worker"] + found["master"]


def test_without_groups_nothing_of_it_is_in_a_script():
    for script in scripts().values():
        assert "resource-types" not in script
        assert "DominantResourceCalculator" not in script
        assert "group.sh" not in script


def test_a_group_called_gpu_is_no_device_that_yarn_looks_for():
    assert "spark.yarn.resourceGpuDeviceName gpu\n" in scripts("gpu")["master"]
    assert "DeviceName" not in scripts("big")["master"]
