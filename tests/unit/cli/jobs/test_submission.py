"""Jobs that are to be submitted."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from disco.cli.exit_status import CommandError, Status
from disco.cli.jobs.kinds import Offered, built_in_kinds
from disco.cli.jobs.records import ID
from disco.cli.jobs.submission import components_of, job_id, new_id, prepare, submit
from disco.cli.main import parse
from disco.client import Cluster
from tests.support.wire import ID as CLUSTER
from tests.unit.cli.jobs.conftest import Master

OFFERED = Offered(tuple(built_in_kinds()), {"hbase": ("hadoop", "zookeeper")})


def prepared(*words: str) -> Any:
    return prepare(OFFERED, parse(["job", "submit", CLUSTER, *words]), set())


def test_the_words_after_two_hyphens_are_the_program_s(tmp_path: Path) -> None:
    path = tmp_path / "-odd.sh"
    path.write_text('printf "[%s]" "$@"')
    job = prepared(str(path), "1", "--option=-x", "--", "--verbose", "--help")
    assert job.words == ["./-odd.sh", "1", "--verbose", "--help"]
    assert list(job.options) == ["-x"]


@pytest.mark.parametrize(
    ("names", "source", "taken"),
    [
        ("dask.py", "import dask.dataframe as dd", "dask.py"),
        ("ray.py", "from ray.data import range", "ray.py"),
        ("pandas.py", "import pandas", "pandas.py"),
        ("job.py ray.py", "import ray", "ray.py"),
        ("job.py dask", "import dask.array", "dask"),
    ],
)
def test_a_file_that_python_would_take_for_a_package_is_refused_before_it_is_sent(
    tmp_path: Path, names: str, source: str, taken: str
) -> None:
    program, *others = (tmp_path / name for name in names.split())
    program.write_text(source)
    for path in others:
        path.touch() if path.suffix else path.mkdir()
    words = [word for path in others for word in ("--with", str(path))]
    with pytest.raises(CommandError, match=f"Python would take {taken} for it") as caught:
        prepared(str(program), *words, "--framework=python")
    assert caught.value.status == Status.USAGE
    assert caught.value.hint == f"Give {taken} another name."


@pytest.mark.parametrize(
    ("names", "source"),
    [
        ("ray.py", "print(1)"),
        ("job.py helpers.py ray.py", "import helpers"),
        ("job.py helpers.py ray.txt", "import helpers, ray"),
        ("ray.sh", "import ray"),
    ],
)
def test_a_file_that_stands_in_nobody_s_way_may_have_any_name(
    tmp_path: Path, names: str, source: str
) -> None:
    program, *others = (tmp_path / name for name in names.split())
    program.write_text(source)
    for path in others:
        path.touch()
    words = [word for path in others for word in ("--with", str(path))]
    framework = "shell" if program.suffix == ".sh" else "python"
    assert prepared(str(program), *words, "--framework", framework).words == [program.name]


def test_a_name_is_run_once_and_never_for_another_job(master: Master, tmp_path: Path) -> None:
    path = tmp_path / "job.sh"
    path.write_text("echo $1")
    job = prepared(str(path), "a")
    assert submit(master.channel, job, "one").id == "one"
    assert submit(master.channel, job, "one").words == ("job.sh", "a")
    assert master.ended()["by"]
    with pytest.raises(CommandError, match=r"another job one: job.sh a\.") as caught:
        submit(master.channel, prepared(str(path), "b"), "one")
    assert caught.value.status == Status.CONFLICT


def test_of_two_jobs_that_come_at_a_time_the_second_is_told_that_it_is_not_run(
    master: Master, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "job.sh"
    path.write_text("echo $1 >>$HOME/ran")
    monkeypatch.setattr(master.channel, "find", lambda _: None)  # both have looked
    submit(master.channel, prepared(str(path), "a"), "one")
    with pytest.raises(CommandError, match=r"another job one: job.sh a\."):
        submit(master.channel, prepared(str(path), "b"), "one")
    master.ended()
    assert (master.home / "ran").read_text() == "a\n"


@pytest.mark.parametrize(
    "arguments", [["x" * 500, "two\nlines\t"], ["y"] * 150, ["\u00e4" * 50_000], ["\x1b[0m", " "]]
)
@pytest.mark.parametrize("is_old", [False, True])
def test_a_repeated_job_is_known_whatever_its_arguments_are(
    master: Master, tmp_path: Path, arguments: list[str], is_old: bool
) -> None:
    """A record is shown in short, and not compared so; older ones have no digest."""
    path = tmp_path / "job.sh"
    path.write_text("true")
    job = prepared(str(path), "--", *arguments)
    submit(master.channel, job, "one")
    master.ended()
    if is_old:
        record = master.folder("one") / "record.json"
        told = json.loads(record.read_text())
        del told["digest"]
        record.write_text(json.dumps(told))
    assert submit(master.channel, job, "one").state == "done"
    with pytest.raises(CommandError, match="another job"):
        submit(master.channel, prepared(str(path), "--", "z", *arguments), "one")


def test_arguments_that_differ_where_they_are_not_shown_are_another_job(
    master: Master, tmp_path: Path
) -> None:
    path = tmp_path / "job.sh"
    path.write_text("true")
    submit(master.channel, prepared(str(path), "x" * 500 + "a"), "one")
    with pytest.raises(CommandError, match="another job"):
        submit(master.channel, prepared(str(path), "x" * 500 + "b"), "one")


def test_arguments_that_no_system_takes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "job.sh"
    path.touch()
    with pytest.raises(CommandError, match="100000 characters"):
        prepared(str(path), "x" * 100_001)


def test_the_components_of_a_cluster_are_those_that_came_with_them() -> None:
    cluster = Cluster(CLUSTER, {"icclab.disco.components.parameters.inject": "{}"})
    assert components_of(OFFERED, cluster) == set()
    cluster = Cluster(CLUSTER, {"disco.frameworks": "hbase+dask"})
    assert components_of(OFFERED, cluster) == {"hbase", "hadoop", "zookeeper", "dask"}


def test_names_of_jobs_are_such_as_nodes_may_have() -> None:
    assert ID.fullmatch(new_id())
    assert job_id("nightly-1") == "nightly-1"
    with pytest.raises(argparse.ArgumentTypeError, match="lower-case"):
        job_id("../x")
