"""Which framework runs a file."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from disco.cli.exit_status import CommandError
from disco.cli.jobs import choice
from disco.cli.jobs.choice import choose
from disco.cli.jobs.kinds import Offered, built_in_kinds

BRINGS = {"hbase": ("hadoop", "zookeeper")}
OFFERED = Offered(tuple(built_in_kinds()), BRINGS)


def chosen(path: Path, framework: str | None = None, there: str | None = "") -> str:
    """Component and name of what runs a file on a cluster of some frameworks."""
    has = None if there is None else OFFERED.components_of(there.split())
    kind = choose(OFFERED, path, framework, has)
    return f"{kind.component}:{kind.name}"


def refused(path: Path, framework: str | None = None, there: str | None = "") -> str:
    with pytest.raises(CommandError) as caught:
        chosen(path, framework, there)
    return f"{caught.value} {caught.value.hint or ''}"


@pytest.fixture
def python(tmp_path: Path) -> Path:
    return tmp_path / "job.py"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import pyspark", "spark:spark"),
        ("from pyspark.sql import SparkSession", "spark:spark"),
        ("def f():\n    import dask.array as da", "dask:dask"),
        ("from distributed import Client", "dask:dask"),
        ("import ray", "ray:ray"),
        ("import numpy, rayon, pysparkling", "shell:python"),
        ("from . import ray\nx = 'import dask'", "shell:python"),
        ("this is no Python (", "shell:python"),
    ],
)
def test_a_program_is_run_by_what_it_imports(python: Path, source: str, expected: str) -> None:
    python.write_text(source)
    assert chosen(python, there="spark dask ray jupyter") == expected
    assert chosen(python, there=None) == expected


def test_a_program_that_the_cluster_has_nothing_for_is_refused(python: Path) -> None:
    python.write_text("import pyspark")
    said = refused(python, there="dask")
    assert "job.py uses pyspark, which is for spark" in said
    assert "dask, python and shell" in said
    assert chosen(python, "python", "dask") == "shell:python"


def test_a_program_of_two_frameworks_is_for_who_knows(python: Path) -> None:
    python.write_text("import dask, ray")
    said = refused(python, there="dask ray")
    assert "dask and ray" in said
    assert "--framework" in said
    assert chosen(python, "ray", "dask ray") == "ray:ray"
    assert chosen(python, None, "dask jupyter") == "dask:dask"


def test_a_name_that_is_none_is_told_with_those_that_are(python: Path) -> None:
    python.write_text("")
    assert 'Did you mean "spark"?' in refused(python, "sparc", "spark")
    said = refused(python, "flink", "dask")
    assert "does not run flink jobs" in said
    assert "dask (.py)" in said
    assert "python (.py)" in said
    assert "flink does not run" in refused(python, "flink", "flink")


def test_a_file_of_no_known_kind_is_refused_with_those_that_are(tmp_path: Path) -> None:
    path = tmp_path / "job.r"
    path.write_text("")
    said = refused(path, there="spark")
    assert 'end in ".r"' in said
    assert "spark (.py, .jar, .sql)" in said


def test_sql_is_for_the_one_that_has_it(tmp_path: Path) -> None:
    path = tmp_path / "JOB.SQL"
    path.write_text("select 1")
    assert chosen(path, there="spark") == "spark:spark"
    assert chosen(path, there="flink") == "flink:flink"
    assert "flink and spark" in refused(path, there="spark flink")
    assert "shell (.sh)" in refused(path, there="dask")


def jar(path: Path, **classes: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/MANIFEST.MF", "org/apache/flink/ only in a text")
        for name, content in classes.items():
            archive.writestr(f"{name}.class", content)
    return path


def test_a_library_is_run_by_what_its_classes_name(tmp_path: Path) -> None:
    spark = jar(tmp_path / "a.jar", A=b"..", B=b"\x01Lorg/apache/spark/SparkContext;")
    assert chosen(spark, there="spark flink hbase") == "spark:spark"
    assert "uses org.apache.spark" in refused(spark, there="hbase")
    old = jar(tmp_path / "b.jar", A=b"org/apache/hadoop/mapreduce/Job")
    assert chosen(old, there="hbase spark") == "hadoop:mapreduce"
    plain = jar(tmp_path / "c.jar", A=b"java/lang/Object")
    assert "Cannot tell" in refused(plain, there="spark flink")


def test_a_library_of_any_size_is_read_within_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "MAX_CLASSES", 1000)
    path = jar(tmp_path / "a.jar", A=b"\0" * 50_000_000, B=b"org/apache/spark/")
    assert choice.uses(path, {"org.apache.spark"}) == set()
    path.write_bytes(b"PK no archive")
    assert "not a library of Java" in refused(path, there="spark")


def test_streaming_is_only_for_who_asks_for_it(python: Path) -> None:
    python.write_text("import sys")
    assert chosen(python, there="hadoop") == "shell:python"
    assert chosen(python, "mapreduce", "hadoop") == "hadoop:mapreduce"
