"""Ways to run files, as services tell them."""

from __future__ import annotations

from typing import Any

import pytest
import requests_mock

from disco.cli.jobs.kinds import built_in_kinds, offered_kinds
from disco.client import InvalidAnswer
from disco.client.transport import SERVICE_TYPE
from tests.support.wire import make_client

SCHEME, _, TERM = SERVICE_TYPE.rpartition("#")
JOB = {"name": "own", "files": [".py"], "imports": ["own"], "command": 'own "$@"', "stop": None}


def told(wire: requests_mock.Mocker, **details: Any) -> Any:
    mixin = {"term": "own", "scheme": "http://x/framework#", "disco": {"base": False, **details}}
    kinds = [{"term": TERM, "scheme": f"{SCHEME}#"}]
    wire.get(requests_mock.ANY, json={"kinds": kinds, "mixins": [mixin]})
    return offered_kinds(make_client())


def test_a_framework_of_the_service_s_own_runs_jobs(wire: requests_mock.Mocker) -> None:
    offered = told(wire, jobs=[JOB], brings=["dask"])
    (kind,) = offered.kinds
    assert (kind.name, kind.component, kind.base) == ("own", "own", False)
    assert (kind.files, kind.imports, kind.guess) == ((".py",), ("own",), True)
    assert offered.components_of(["own"]) == {"own", "dask"}


def test_an_older_service_s_frameworks_run_as_those_that_came_with_the_command(
    wire: requests_mock.Mocker,
) -> None:
    names = {kind.name for kind in told(wire, brings=[]).kinds}
    assert names == {"python", "shell"}


@pytest.mark.parametrize(
    "jobs",
    [
        5,
        [5],
        [{**JOB, "name": "a b"}],
        [{**JOB, "command": ""}],
        [{**JOB, "command": "x" * 5000}],
        [{**JOB, "command": "echo \x1b[2J"}],
        [{**JOB, "stop": 5}],
        [{**JOB, "files": "py"}],
        [{**JOB, "files": ["x" * 1000]}],
        [{**JOB, "imports": [None]}],
        [JOB] * 1000,
    ],
)
def test_what_is_no_way_to_run_a_file_is_refused(wire: requests_mock.Mocker, jobs: Any) -> None:
    with pytest.raises(InvalidAnswer):
        told(wire, jobs=jobs)


def test_the_built_in_ones_are_those_of_the_documentation() -> None:
    assert {(k.component, k.name) for k in built_in_kinds()} == {
        ("dask", "dask"),
        ("flink", "flink"),
        ("hadoop", "mapreduce"),
        ("ray", "ray"),
        ("shell", "python"),
        ("shell", "shell"),
        ("spark", "spark"),
    }
