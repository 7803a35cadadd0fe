"""How components run files of users, as their descriptions say it."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
from pydantic import ValidationError

from disco.components.jobs import Job
from disco.components.loader import load_catalogue
from disco.data_files import data_dir

JOB: dict[str, Any] = {"name": "own", "files": [".py"], "command": 'own "$@"'}
SHIPPED = [
    (component.name, job)
    for component in load_catalogue(data_dir() / "frameworks").values()
    for job in component.jobs
]


def test_a_way_to_run_files_has_defaults() -> None:
    job = Job.model_validate(JOB)
    assert (job.imports, job.guess, job.stop) == ((), True, None)


@pytest.mark.parametrize(
    "part",
    [
        {"name": "Own job"},
        {"files": []},
        {"files": ["py"]},
        {"files": [".py", ".py"]},
        {"files": [".p/y"]},
        {"imports": ["a b"]},
        {"imports": ["-x"]},
        {"command": ""},
        {"command": "x" * 2001},
        {"stop": ""},
        {"commands": "x"},
    ],
)
def test_what_could_not_run_is_refused(part: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Job.model_validate({**JOB, **part})


@pytest.mark.parametrize(("component", "job"), SHIPPED, ids=[f"{c}-{j.name}" for c, j in SHIPPED])
def test_the_commands_of_the_frameworks_are_bash_with_the_job_s_words(
    component: str, job: Job
) -> None:
    for script in filter(None, (job.command, job.stop)):
        done = subprocess.run(
            ["bash", "-n"], input=script, text=True, capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
    assert '"$@"' in job.command or '"${@:2}"' in job.command
    assert '"${options[@]}"' in job.command
