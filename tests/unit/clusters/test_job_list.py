"""The jobs of a cluster and what they say, from what its master shows; by the caller's rights."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from disco.clusters.job_list import NOTHING, JobList
from disco.errors import Forbidden, InvalidRequest, NotFound
from disco.heat.stacks import Stack, Stacks
from disco.status.job_records import MAX_LOG, publish_keys

LOGIN: Any = SimpleNamespace(project_id="p")
ID = "11111111-1111-4111-8111-111111111111"
STACK = Stack(ID, "s", "CREATE_COMPLETE", outputs={"external_ip": "203.0.113.5"})
SECRETS = (b"n" * 32, b"o" * 32)
NEW, OLD = publish_keys(SECRETS, "p", ID)
Shows = Callable[..., JobList]


@pytest.fixture
def shows(monkeypatch: pytest.MonkeyPatch) -> Shows:
    def of(files: dict[str, str], may_change: bool = True) -> JobList:
        monkeypatch.setattr(Stacks, "__init__", lambda *_: None)
        monkeypatch.setattr(Stacks, "may_change", lambda *_: may_change)

        def read(_: Any, __: Any, path: str, most: int, ___: float) -> str | None:
            text = files.get(path)
            return text if text is None or len(text) <= most else None

        return JobList(lambda *_: STACK, read, SECRETS)

    return of


def listed(name: str = "one") -> str:
    job = {"job": name, "framework": "dask", "state": "running", "seen": int(time.time())}
    return json.dumps({"jobs": [job]})


def test_jobs_are_told_to_everybody_of_the_project_and_the_key_to_who_may_submit(
    shows: Shows,
) -> None:
    files = {f"/jobs/{NEW}/jobs.json": listed()}
    told = shows(files).jobs(LOGIN, ID)
    assert [(job.id, job.state) for job in told.jobs] == [("one", "running")]
    assert (told.reason, told.publish_key) == ("", NEW)
    told = shows(files, may_change=False).jobs(LOGIN, ID)
    assert ([job.id for job in told.jobs], told.publish_key) == (["one"], None)


def test_jobs_of_before_the_secret_changed_are_found(shows: Shows) -> None:
    told = shows({f"/jobs/{OLD}/jobs.json": listed()}).jobs(LOGIN, ID)
    assert ([job.id for job in told.jobs], told.publish_key) == (["one"], NEW)


def test_no_jobs_have_a_reason(shows: Shows) -> None:
    assert (shows({}).jobs(LOGIN, ID).jobs, shows({}).jobs(LOGIN, ID).reason) == ([], NOTHING)
    told = shows({f"/jobs/{NEW}/jobs.json": "[" * 9000}).jobs(LOGIN, ID)
    assert told.jobs == []
    assert told.reason.startswith("The master does not tell of jobs: ")


def test_of_jobs_that_cannot_be_read_their_number_is_told(shows: Shows) -> None:
    one = json.loads(listed())["jobs"][0]
    text = json.dumps({"jobs": [one, {"job": "../x"}, {**one, "job": "two"}]})
    told = shows({f"/jobs/{NEW}/jobs.json": text}).jobs(LOGIN, ID)
    assert [job.id for job in told.jobs] == ["one", "two"]
    assert told.reason.startswith("1 job is not shown: ")


def test_what_a_job_says_is_told_from_a_place_on(shows: Shows) -> None:
    said = {f"/jobs/{NEW}/one.stdout": "0\none\ntwo\n"}
    told = shows(said).log(LOGIN, ID, "one", "stdout", 4)
    assert (told.node, told.log) == ("disco-manager", "stdout")
    assert (told.start, told.end, told.text) == (4, 8, "two\n")
    # its first characters are gone since
    said = {f"/jobs/{NEW}/one.stdout": "100\nlate\n"}
    told = shows(said).log(LOGIN, ID, "one", "stdout", 4)
    assert (told.start, told.end, told.text) == (100, 105, "late\n")
    assert shows(said).log(LOGIN, ID, "one", "stdout", 105).text == ""


def test_what_a_job_says_is_for_those_who_may_change_the_cluster(shows: Shows) -> None:
    files = {f"/jobs/{NEW}/one.stdout": "0\nsecret\n"}
    with pytest.raises(Forbidden, match="may change"):
        shows(files, may_change=False).log(LOGIN, ID, "one", "stdout")


@pytest.mark.parametrize("text", [None, "", "no place", "x\ny", "0\n" + "x" * MAX_LOG])
def test_a_log_that_is_none_is_not_there(shows: Shows, text: str | None) -> None:
    files = {} if text is None else {f"/jobs/{NEW}/one.stderr": text}
    with pytest.raises(NotFound, match="What the job one says cannot be read") as caught:
        shows(files).log(LOGIN, ID, "one", "stderr")
    assert caught.value.code == "log-not-read"


@pytest.mark.parametrize(
    ("job", "stream", "fault"),
    [
        ("../x", "stdout", "job"),
        ("", "stdout", "job"),
        ("x" * 41, "stdout", "job"),
        ("one", "../stdout", "log"),
        ("one", "deployment", "log"),
    ],
)
def test_names_that_none_has_are_refused_before_a_node_is_asked(
    shows: Shows, job: str, stream: str, fault: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        shows({}).log(LOGIN, ID, job, stream)
    assert [one.attribute for one in caught.value.faults] == [fault]
