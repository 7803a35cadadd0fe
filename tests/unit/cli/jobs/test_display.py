"""Jobs as commands show them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from disco.cli.jobs.display import LIST, SHOW, ended, going_on, job_columns, job_rows
from disco.cli.jobs.records import Job

JOB = Job("one", "done", "dask", ("job.py", "a b"), status=0, seconds=1.5)


def test_a_job_has_its_words_for_people_and_for_programs() -> None:
    names, values = job_columns(JOB)
    shown = dict(zip(names, values, strict=True))
    assert names == SHOW
    assert shown["file"] == "job.py"
    assert shown["arguments"].human_readable() == "'a b'"
    assert shown["arguments"].machine_readable() == ["a b"]


def test_a_list_has_a_row_for_each() -> None:
    names, rows = job_rows([JOB, Job("two", "queued")])
    assert names == LIST
    assert rows[0][:5] == ("one", "done", "dask", "job.py", 0)
    assert rows[1][:5] == ("two", "queued", "", "", None)


def test_who_stops_to_look_is_told_how_to_go_on() -> None:
    assert "disco job logs --follow analysis one" in going_on("analysis", "one")


def test_times_are_told_as_of_clusters_and_sorted_as_times() -> None:
    now = datetime.now(UTC)
    moments = [f"{now - timedelta(seconds=s):%Y-%m-%dT%H:%M:%SZ}" for s in (200, 90_000)]
    _, rows = job_rows([Job(str(n), "done", submitted=m) for n, m in enumerate(moments)])
    shown = [row[LIST.index("submitted")] for row in rows]
    assert [each.human_readable() for each in shown] == ["3 min ago", "25 h ago"]
    assert [each.machine_readable() for each in shown] == moments
    assert sorted(shown) == shown[::-1]


def test_an_end_is_a_sentence() -> None:
    assert ended(JOB) == "The job has ended after 2 s: done."
