"""What a master shows of its jobs, from its file to the words of `disco job list` and the log."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict

from disco.cli.jobs.display import job_columns, job_rows
from disco.cli.jobs.records import Job, read_job
from disco.cli.output import as_json, table
from disco.client import InvalidAnswer
from disco.client import job as client_job
from disco.client.plain_text import UNSAFE
from disco.status.job_records import MAX_JOBS, ToldJobs, read_jobs, read_stream
from disco.untrusted import Malformed, read_json
from fuzz.parts import as_text
from fuzz.target import Broken, Target

NOW = 1_800_000_000.0


def run(data: bytes) -> str:
    """Read ``data`` as each of the files and answers, and show what came of it."""
    text = as_text(data)
    shown = [str(_served(text))]
    with contextlib.suppress(Malformed):
        before, said = read_stream(text)
        shown.append(f"{before} {as_json(said)}")
    with contextlib.suppress(Malformed, InvalidAnswer):
        shown.append(str(client_job.read_jobs(read_json(text))))
    with contextlib.suppress(Malformed):
        told = read_json(text)
        shown += map(_displayed, _records(told))
    return "\n".join(shown)


def _served(text: str) -> ToldJobs:
    """What the service makes of a list, of which its own client reads every job."""
    with contextlib.suppress(Malformed):
        found = read_jobs(text, NOW)
        if len(found.jobs) + found.odd > MAX_JOBS:
            raise Broken("more jobs than there may be")
        jobs = json.loads(json.dumps([asdict(job) for job in found.jobs]))
        client_job.read_jobs({"jobs": jobs, "reason": "", "publish_key": None})
        return found
    return ToldJobs([])


def _records(told: object) -> list[Job]:
    listed = told.get("jobs") if isinstance(told, dict) else None
    found = []
    for raw in (told, *(listed if isinstance(listed, list) else ())):
        with contextlib.suppress(InvalidAnswer):
            found.append(read_job(raw))
    return found


def _displayed(job: Job) -> str:
    """A job as `disco job show` and `list` have it on a terminal, which obeys none of it."""
    names, values = job_columns(job)
    _, (row,) = job_rows([job])
    shown = table([list(map(str, pair)) for pair in zip(names, values, strict=True)])
    shown += "\n" + table([list(map(str, row))])
    if UNSAFE.search(shown):
        raise Broken("a job that controls the terminal")
    return shown


TARGET = Target(
    run,
    refusals=(),
    dictionary=(
        *('{"jobs": [', '{"job": "one", ', '"state": "running"', '"seen": 1800000000', "]}"),
        *('"status": 0', '"submitted": "2026-01-01T00:00:00Z"', '"framework": "spark"'),
        *('"words": ["x"]', '"options": ["', '"command": "', "\\u001b[2J", '"seconds": 1.5'),
        *('"id": "one"', '"publish_key": "' + "ab" * 32 + '"', '"reason": "', "12\n"),
    ),
)
