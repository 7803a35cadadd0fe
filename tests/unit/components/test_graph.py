import pytest

from disco.components.graph import ROOT, build_graph
from disco.components.install_plan import Step
from disco.components.models import Requirement
from disco.errors import ComponentError
from tests.support.components import catalogue, component


def names(steps):
    return [str(step) for step in steps]


def test_the_base_is_a_chain_from_the_root():
    assert {str(s): names(needed) for s, needed in build_graph(catalogue(), [], {}).items()} == {
        "heat:end": ["heat:start", "shell:end"],
        "shell:end": ["shell:start"],
        "shell:start": ["heat:start"],
        "heat:start": [],
    }


def test_injected_steps_are_required_by_the_end_of_the_shell():
    graph = build_graph(catalogue(component("a")), [Step("a", "configured")], {})
    assert Step("a", "configured") in graph[Step("shell", "end")]
    assert Step("a", "ready") not in graph
    assert names(graph[Step("a", "configured")]) == ["a:installed"]


def test_another_root_spans_what_it_needs_and_no_more():
    graph = build_graph(catalogue(component("a")), [], {}, root=Step("a", "installed"))
    assert set(names(graph)) == {"a:installed", "shell:start", "heat:start"}
    assert ROOT not in graph


@pytest.mark.parametrize(("mode", "there"), [("near", False), ("far", True)])
def test_a_condition_decides_about_an_edge(mode, there):
    needs = [Requirement(component="b", state="installed", when="mode == 'far'")]
    components = catalogue(component("a", needs), component("b"))
    graph = build_graph(components, [Step("a", "ready")], {"a": {"mode": mode}})
    assert (Step("b", "installed") in graph) == there


def test_an_optional_edge_is_there_when_its_step_is():
    needs = [Requirement(component="b", state="installed", optional=True)]
    components = catalogue(component("a", needs), component("b"))
    alone = build_graph(components, [Step("a", "ready")], {})
    assert Step("b", "installed") not in alone
    both = build_graph(components, [Step("a", "ready"), Step("b", "ready")], {})
    assert Step("b", "installed") in both[Step("a", "ready")]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (Step("nothing", "ready"), "unknown component 'nothing'"),
        (Step("a", "gone"), "the component 'a' has no state 'gone'"),
    ],
)
def test_a_step_that_does_not_exist_is_named(step, message):
    with pytest.raises(ComponentError) as caught:
        build_graph(catalogue(component("a")), [step], {})
    assert caught.value.message == message
