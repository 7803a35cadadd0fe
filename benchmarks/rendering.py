"""A create's draft: the request checked, resolved and rendered, without the cloud."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace

from benchmarks.measure import Row, interleaved, peak_memory
from disco.clusters.plan import ClusterPlan
from disco.clusters.preview import describe
from disco.components.install_plan import InstallPlan
from disco.derived_secrets import component_secrets
from disco.heat.template import stack
from disco.heat.template.jinja_environment import Templates
from disco.heat.template.stack import render_stack
from disco.openstack.demand import demand_of
from disco.spec import ClusterSpec, RenderedStack
from tests.support.shipped import CATALOGUE
from tests.support.specs import HUGE, draft

REFERENCE = {"hadoop": "", "spark": "", "jupyter": ""}
WORKERS = (1, 10, 100, 400)
#: the original, unmodified on Python 2.7 with its cloud stubbed, beside DISCO of revision
#: 20d6917 in one run: (milliseconds of the original, milliseconds of DISCO)
ORIGINAL = {1: (6.4, 51.0), 10: (7.2, 59.0), 100: (10.1, 97.0), 400: (18.7, 316.0)}


def measure(rounds: int = 15) -> Iterator[Row]:
    """Drafts of 1 to 400 workers, and of all frameworks at once."""
    for workers in WORKERS:
        yield _row(
            f"draft, {'+'.join(REFERENCE)}, {workers} worker{'s' if workers > 1 else ''}",
            REFERENCE,
            workers,
            rounds,
        )
    yield _bytes_of_a_worker()
    yield _preview(rounds)
    everything = dict.fromkeys((n for n, found in CATALOGUE.items() if not found.base), "")
    yield _row(f"draft, all {len(everything)} frameworks, 2 workers", everything, 2, rounds)
    yield _first()


def _row(what: str, frameworks: Mapping[str, str], workers: int, rounds: int) -> Row:
    plan, spec = draft(frameworks, workers=workers, flavor=HUGE)
    templates = Templates(CATALOGUE, spec.id)
    # each worker in the place of one of each kind
    each = list(spec.worker_table())
    context = {**stack._context(plan, spec), "kinds": each, "many": [False] * len(each), "mark": ""}
    took = interleaved(
        {
            "draft": lambda: full_draft(frameworks, workers),
            "jinja": lambda: templates.file("heat", "stack.yaml.j2", context),
        },
        rounds,
    )
    return Row(
        what,
        took["draft"] * 1e3,
        "ms CPU",
        took["jinja"] * 1e3,
        "its stack template as one Jinja call",
        more={
            "bytes": _size(frameworks, workers),
            "peak MB": round(peak_memory(lambda: full_draft(frameworks, workers)) / 1e6, 1),
        },
    )


def full_draft(frameworks: Mapping[str, str], workers: int) -> RenderedStack:
    """All that a create does between reading a request and asking the cloud."""
    plan, spec = _plan(frameworks, workers)
    rendered = render_stack(CATALOGUE, plan, spec)
    demand_of(CATALOGUE, plan, spec, rendered)
    return rendered


def _size(frameworks: Mapping[str, str], workers: int) -> int:
    """Bytes of all that Heat is sent."""
    rendered = full_draft(frameworks, workers)
    return len(rendered.template.encode()) + sum(len(t.encode()) for t in rendered.files.values())


def _bytes_of_a_worker() -> Row:
    more, fewer = WORKERS[-1], WORKERS[-2]
    each = (_size(REFERENCE, more) - _size(REFERENCE, fewer)) / (more - fewer)
    what = f"bytes of each further worker, from {fewer} to {more}"
    return Row(what, each, "bytes", 300, "at most", 1.0)


def _preview(rounds: int) -> Row:
    """A preview, which shows what a draft gives, without its secrets."""

    def preview() -> object:
        plan, spec = _plan(REFERENCE, 10)
        rendered = render_stack(CATALOGUE, plan, spec)
        demand = demand_of(CATALOGUE, plan, spec, rendered)
        return describe(ClusterPlan(spec, plan, rendered, demand, {}), CATALOGUE)

    steps = {"preview": preview, "draft": lambda: full_draft(REFERENCE, 10)}
    took = interleaved(steps, rounds)
    return Row("preview", took["preview"] * 1e3, "ms CPU", took["draft"] * 1e3, "a draft", 1.1)


def _plan(frameworks: Mapping[str, str], workers: int) -> tuple[InstallPlan, ClusterSpec]:
    plan, spec = draft(frameworks, workers=workers, flavor=HUGE)
    return plan, replace(spec, secrets=_passwords(spec))


def _passwords(spec: ClusterSpec) -> dict[str, dict[str, str]]:
    """Those that are made where none are given, as long as the shipped frameworks have them."""
    wanted = {component: dict.fromkeys(own, 24) for component, own in spec.secrets.items()}
    return component_secrets(b"k" * 32, "project", spec.id, {}, wanted)


def _first() -> Row:
    """The first draft of a process, after what the service does at its start, and its tenth."""
    code = (
        "import gc,json,time\n"
        "from benchmarks.rendering import CATALOGUE, REFERENCE, full_draft\n"
        "from disco.heat.template.rehearsal import rehearse\n"
        "rehearse(CATALOGUE); gc.freeze(); took=[]\n"
        "for _ in range(10):\n"
        " began=time.process_time(); full_draft(REFERENCE, 10)\n"
        " took.append(time.process_time()-began)\n"
        "print(json.dumps(took))\n"
    )
    runs = [
        json.loads(
            subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout
        )
        for _ in range(3)
    ]
    first, tenth = (statistics.median(run[place] for run in runs) for place in (0, 9))
    return Row("first draft of a process", first * 1e3, "ms CPU", tenth * 1e3, "its tenth", 1.0)
