"""The command ``disco mirror``: which components it mirrors, and what it says of failures."""

from __future__ import annotations

from pathlib import Path

import pytest

from disco.cli.main import main
from disco.data_files import data_dir
from tests.support.sources import CONTENT, SUM, Server

SHIPPED = data_dir() / "frameworks"
COMPONENT = """\
schema: 1
name: %s
title: x
description: x
versions: ["2", "1"]
artifacts:
  - file: "%s-{{ component.version }}.tgz"
    sources: ["%s"]
    sha512: {"2": "%s", "1": "%s"}
%s
"""


def component(folder: Path, name: str, source: str, digest: str = SUM, more: str = "") -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "component.yaml").write_text(
        COMPONENT % (name, name, source, digest, digest, more)
    )


def test_the_command_fetches_what_frameworks_require_and_reports_the_rest(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str], monkeypatch
) -> None:
    monkeypatch.setattr("disco.mirror.download.time.sleep", lambda _: None)
    own = tmp_path / "own"
    needs = "requires: {installed: [{component: lower}, {component: broken}]}"
    component(own, "upper", f"{server.url}/good", more=needs)
    component(own, "lower", f"{server.url}/good")
    component(own, "broken", f"{server.url}/gone")
    component(own, "other", f"{server.url}/good")
    words = ["mirror", str(tmp_path / "m"), "upper", "--framework-directory", f"{SHIPPED}:{own}"]
    assert main([*words, "--list"]) == 0
    assert "files/lower-2.tgz" in capsys.readouterr().out
    assert not (tmp_path / "m").exists()
    assert main(words) == 1
    err = capsys.readouterr().err
    assert "Failed downloads: 1" in err
    assert "broken 2: broken-2.tgz" in err
    assert {p.name for p in (tmp_path / "m/files").iterdir()} == {"lower-2.tgz", "upper-2.tgz"}
    assert main([*words[:2], "lower", *words[3:], "--all-versions"]) == 0
    assert (tmp_path / "m/files/lower-1.tgz").read_bytes() == CONTENT


def test_an_unknown_framework_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mirror", "/nowhere", "sparc"]) == 2
    assert "sparc" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["mirror", "/nowhere", "--python", "eleven"])


def test_shipped_frameworks_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mirror", "/nowhere", "--list"]) == 0
    assert "pyspark==" in capsys.readouterr().out


def test_what_clusters_will_be_given_by_their_users_is_mirrored_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["mirror", "/nowhere", "dask", "spark", "--list"]
    assert (
        main(
            [
                *words,
                "--datascience",
                "--pip",
                "polars>=1,<2",
                "--jar",
                "org.postgresql:postgresql:42.7.4",
            ]
        )
        == 0
    )
    told = capsys.readouterr().out
    for name in ("dask", "spark"):
        (line,) = (text for text in told.splitlines() if text.startswith(f"{name} "))
        assert f"{name}" in line and line.endswith("s3fs polars<2,>=1"), line
    assert "files/postgresql-42.7.4.jar" in told
    assert "repo1.maven.org/maven2/org/postgresql/postgresql/42.7.4/postgresql" in told
    assert main(words) == 0
    assert "pandas" not in capsys.readouterr().out
    assert main([*words, "--pip=--index-url=x"]) == 2
    assert "Cannot mirror: '--index-url=x' is not the name" in capsys.readouterr().err
