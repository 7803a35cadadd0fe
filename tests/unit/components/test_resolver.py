import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disco.attributes import INJECT
from disco.components.install_plan import Step
from disco.components.models import Requirement
from disco.components.properties import check_properties
from disco.components.resolver import resolve_plan
from disco.components.values import Property
from disco.errors import InvalidRequest
from tests.support.components import catalogue, component
from tests.support.shipped import CATALOGUE


def steps(plan):
    return [str(s) for s in plan.steps]


def fault(components, injected, values=None):
    with pytest.raises(InvalidRequest) as caught:
        resolve_plan(components, injected, values or {})
    (fault,) = caught.value.faults
    assert fault.attribute == INJECT
    return fault


def test_an_empty_request_is_the_base():
    plan = resolve_plan(CATALOGUE, {}, check_properties(CATALOGUE, {}, {}).values)
    assert steps(plan) == ["heat:start", "parameters:start", "shell:start", "shell:end", "heat:end"]
    assert plan.frameworks == ()


def test_components_come_between_start_and_end_of_the_shell():
    plan = resolve_plan(catalogue(component("b", ["a"]), component("a")), {"b": ""}, {})
    order = steps(plan)
    assert order[:2] == ["heat:start", "shell:start"]
    assert order[-2:] == ["shell:end", "heat:end"]
    assert order.index("a:ready") < order.index("b:ready")
    assert plan.frameworks == ("a", "b")
    assert plan.versions == {"a": "1.0", "b": "1.0"}
    assert Step("a", "ready") in plan.edges[Step("b", "ready")]


def test_an_optional_requirement_is_an_order_and_no_more():
    notebook = component("a", [Requirement(component="z", state="configured", optional=True)])
    components = catalogue(notebook, component("z"))
    assert "z:configured" not in steps(resolve_plan(components, {"a": ""}, {}))
    order = steps(resolve_plan(components, {"a": "", "z": ""}, {}))
    assert order.index("z:configured") < order.index("a:ready")


def test_an_optional_requirement_of_a_state_not_reached_is_none():
    notebook = component("a", [Requirement(component="z", state="ready", optional=True)])
    plan = resolve_plan(catalogue(notebook, component("z")), {"a": "", "z": "installed"}, {})
    assert "z:ready" not in steps(plan)


def test_a_state_goes_no_further():
    plan = resolve_plan(catalogue(component("a")), {"a": "installed"}, {})
    assert "a:configured" not in steps(plan)


def test_a_version_is_chosen_by_value_or_attribute():
    components = catalogue(component("a"))
    assert resolve_plan(components, {"a": "0.9"}, {}).versions == {"a": "0.9"}
    assert resolve_plan(components, {"a": ""}, {"a": {"version": "0.9"}}).versions == {"a": "0.9"}
    both = fault(components, {"a": "0.9"}, {"a": {"version": "1.0"}})
    assert both.code == "version-conflict"


def test_a_condition_decides_about_a_requirement():
    mode = Property(name="mode", type="enum", default="x", values=("x", "y"))
    need = Requirement(component="b", when="mode == 'y'")
    components = catalogue(component("a", [need], [mode]), component("b"))
    assert resolve_plan(components, {"a": ""}, {"a": {"mode": "x"}}).frameworks == ("a",)
    assert resolve_plan(components, {"a": ""}, {"a": {"mode": "y"}}).frameworks == ("a", "b")


def test_unknown_components_are_named_with_a_suggestion_and_what_there_is():
    components = catalogue(component("spark"), component("dask"))
    unknown = fault(components, {"sprak": ""})
    assert unknown.message == "unknown component 'sprak'; did you mean 'spark'?"
    assert unknown.allowed == "dask, spark"
    with pytest.raises(InvalidRequest) as caught:
        resolve_plan(components, {"x": "", "y": "", "dask": "7"}, {})
    assert len(caught.value.faults) == 3


def test_unknown_versions_are_refused_with_the_choices():
    unknown = fault(catalogue(component("a")), {"a": "7"})
    assert "1.0" in unknown.allowed
    assert "installed" in unknown.allowed


def test_a_cycle_shows_its_path():
    components = catalogue(component("a", ["b"]), component("b", ["c"]), component("c", ["a"]))
    cycle = fault(components, {"b": ""})
    assert "a:ready -> b:ready -> c:ready -> a:ready" in cycle.message


def test_asking_for_the_base_is_a_cycle():
    assert "shell:end -> heat:end" in fault(catalogue(), {"heat": ""}).message.replace(
        "heat:end -> shell:end -> heat:end", "shell:end -> heat:end"
    )


def test_long_chains_need_no_deep_stack():
    names = [f"c{i}" for i in range(3000)]
    chain = [component(n, names[i + 1 : i + 2]) for i, n in enumerate(names)]
    plan = resolve_plan(catalogue(*chain), {"c0": ""}, {})
    assert len(plan.steps) == 3 * 3000 + 4
    ring = [component(n, [names[(i + 1) % 3000]]) for i, n in enumerate(names)]
    assert "c17:ready" in fault(catalogue(*ring), {"c0": ""}).message


NAMES = "abcdefgh"


@st.composite
def dags(draw):
    """Edges only from later to earlier names, in a random naming."""
    order = draw(st.permutations(NAMES))
    return {
        name: draw(st.sets(st.sampled_from(order[:i]))) if i else set()
        for i, name in enumerate(order)
    }


@given(dags(), st.sets(st.sampled_from(NAMES)))
def test_every_requirement_comes_first_and_nothing_twice(graph, wanted):
    components = catalogue(*(component(n, sorted(needs)) for n, needs in graph.items()))
    injected = dict.fromkeys(sorted(wanted), "")
    plan = resolve_plan(components, injected, {})
    place = {step: i for i, step in enumerate(plan.steps)}
    assert len(place) == len(plan.steps)
    assert all(place[n] < place[s] for s, needs in plan.edges.items() for n in needs)
    assert {n for n in wanted} <= set(plan.frameworks)
    again = resolve_plan(components, dict(reversed(injected.items())), {})
    assert again == plan


@given(dags(), st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
def test_a_reported_cycle_is_one(graph, ring):
    graph = {n: set(needs) for n, needs in graph.items()}
    for i, name in enumerate(ring):
        graph[name].add(ring[(i + 1) % len(ring)])
    components = catalogue(*(component(n, sorted(needs)) for n, needs in graph.items()))
    message = fault(components, {ring[0]: ""}).message
    path = message.partition("circle: ")[2].split(" -> ")
    assert path[0] == path[-1]
    assert len(set(path)) == len(path) - 1
    for here, there in itertools.pairwise(path):
        assert there.partition(":")[0] in graph[here.partition(":")[0]]
