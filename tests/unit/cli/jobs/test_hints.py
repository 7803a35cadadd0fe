"""Hints of failed jobs: by what they said, and none by guessing."""

from __future__ import annotations

import pytest

from disco.cli.jobs.hints import hint_of

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
