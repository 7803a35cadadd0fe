"""Hints of failed jobs: by what they said, and none by guessing."""

from __future__ import annotations

import time

import pytest

from disco.cli.jobs.hints import hint_of, lines_of

PATH = (
    "pyspark.errors.exceptions.captured.AnalysisException: [PATH_NOT_FOUND] Path does not exist:"
    " {}sales.csv. SQLSTATE: 42K03"
)


@pytest.mark.parametrize("name", ["matplotlib", "sklearn.cluster"])
def test_a_package_that_is_missing_is_named_with_what_brings_it(name: str) -> None:
    said = f"Traceback (most recent call last):\nModuleNotFoundError: No module named '{name}'\n"
    hint = hint_of(said, "disco install analysis --pip")
    assert hint.startswith("disco install analysis --pip PACKAGE brings")
    assert f" has {name.partition('.')[0]} to all nodes" in hint


@pytest.mark.parametrize("place", ["webhdfs://10.0.0.4:7079/user/ubuntu/", "hdfs://m:8020/"])
def test_a_file_that_only_the_master_has_is_told_how_to_be_seen(place: str) -> None:
    assert "hdfs dfs -put" in hint_of(PATH.format(place), "x")


@pytest.mark.parametrize(
    "said", ["", "ValueError: 1", PATH.format("file:/home/"), "No module named x"]
)
def test_what_is_not_known_has_no_hint(said: str) -> None:
    assert hint_of(said, "x") == ""


JAVA = """\
Exception in thread "main" org.apache.spark.SparkException: Job aborted
\tat org.apache.spark.Main.run(Main.scala:3)
Caused by: java.io.IOException: No space left on device
\tat java.base/java.io.FileOutputStream.writeBytes(Native Method)
26/11/30 02:00:00 ERROR TaskSetManager: Task 0 failed 4 times
"""
PYTHON = """\
pyspark.errors.exceptions.captured.PythonException:\x20
  An exception was thrown from the Python worker. Please see the stack trace below.
Traceback (most recent call last):
  File "bad.py", line 3, in <lambda>
ZeroDivisionError: division by zero
"""


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (JAVA, "java.io.IOException: No space left on device"),
        (PYTHON, "ZeroDivisionError: division by zero"),
        ("Traceback:\nAssertionError\n", "AssertionError"),
        ("ValueError: a\x1b[2Jb\u202ec\n", "ValueError: a"),
        (f"ValueError: {'x' * 9999}\n", f"ValueError: {'x' * 288}"),
    ],
)
def test_the_first_cause_is_named_in_one_line(said: str, cause: str) -> None:
    (line,) = lines_of(said, "x")
    assert line.startswith(f"The last exception that it told of: {cause}")
    assert len(line) < 340
    assert not set(line) & {"\x1b", "\u202e", "\n"}


@pytest.mark.parametrize(
    "said", ["", "done\n", "WARN no Error here\n", "a.b.c\n" * 9, "  NoError: indented\n"]
)
def test_what_is_no_exception_is_not_told_as_one(said: str) -> None:
    assert list(lines_of(said, "x")) == []


@pytest.mark.parametrize("said", ["a." * 32_000, "a" * 64_000, "Caused by: " * 6_000])
def test_long_words_of_a_hostile_job_cost_little(said: str) -> None:
    began = time.process_time()
    assert list(lines_of(said, "x")) == []
    assert time.process_time() - began < 1
