"""What all commands have in common: formats, columns, and how they end."""

from __future__ import annotations

import json

import pytest
import requests_mock

from disco.cli.command import as_plugin
from disco.cli.main import main, parse
from tests.support.wire import BASE, ID, URL, resource

OTHER = "beef0000-ea99-47b9-bed1-d6cbc896b2d7"


@pytest.fixture
def two(wire: requests_mock.Mocker) -> requests_mock.Mocker:
    """A complete cluster with Dask, and one that failed."""
    clusters = [
        {**resource("CREATE_COMPLETE", **{"disco.frameworks": "dask"}), "title": "analysis"},
        {**resource("CREATE_FAILED"), "id": f"urn:uuid:{OTHER}"},
    ]
    wire.get(f"{BASE}/disco/", json={"resources": clusters})
    wire.get(URL, json=clusters[0])
    return wire


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-f", "value", "-c", "name"], "analysis\n\n"),
        (["-f", "value", "-c", "id", "--sort-column", "id"], f"{ID}\n{OTHER}\n"),
        (["--sort-column", "id", "--sort-descending", "-f", "value", "-c", "id"],
         f"{OTHER}\n{ID}\n"),
        (["-q"], f"{ID}\n{OTHER}\n"),
        (["-q", "--status", "failed"], f"{OTHER}\n"),
        (["-q", "--status", "complete", "--framework", "dask"], f"{ID}\n"),
        (["-q", "--framework", "spark"], ""),
        (["-q", "--limit", "1"], f"{ID}\n"),
        (["-f", "csv", "-c", "name", "-c", "status", "--limit", "1"],
         '"name","status"\n"analysis","CREATE_COMPLETE"\n'),
    ],
)  # fmt: skip
def test_a_list_in_the_format_and_with_the_columns_asked_for(
    two: requests_mock.Mocker, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["list", *words]) == 0
    assert capsys.readouterr().out == said


def test_old_and_new_options_for_the_format_do_the_same(
    two: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for option in ("-o", "--output", "-f", "--format"):
        assert main(["show", "analysis", option, "json"]) == 0
        said.append(json.loads(capsys.readouterr().out))
    assert [one["id"] for one in said] == [ID] * 4
    assert said == said[:1] * 4


def test_a_flag_of_all_commands_stands_on_both_sides() -> None:
    before, behind = parse(["--os-cloud", "x", "list"]), parse(["list", "--os-cloud", "x"])
    assert before.os_cloud == behind.os_cloud == "x"


def test_a_column_that_there_is_not_is_refused_with_those_there_are(
    two: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["list", "-c", "nmae"]) == 2
    said = capsys.readouterr().err
    assert 'disco: Unknown column "nmae". Did you mean "name"?\n' in said
    assert "  Columns: id, name, status, phase, frameworks, workers, created, ends.\n" in said


def test_an_empty_list_tells_the_first_step(
    wire: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    wire.get(f"{BASE}/disco/", json={"resources": []})
    assert main(["list"]) == 0
    assert "There are no clusters in this project. disco create --help" in capsys.readouterr().err
    assert main(["list", "-f", "json"]) == 0
    assert capsys.readouterr() == ("[]\n", "")


def test_who_stops_a_command_is_told_how_to_go_on(
    two: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    busy = resource("DELETE_IN_PROGRESS")
    two.get(
        URL, [{"json": resource("CREATE_COMPLETE")}, {"json": busy}, {"exc": KeyboardInterrupt}]
    )
    two.delete(URL, status_code=200)
    assert main(["delete", ID]) == 130
    said = capsys.readouterr().err
    assert "disco: stopped. What has begun goes on in the cloud.\n" in said
    assert f"  disco watch {ID} shows it again.\n" in said


def test_sentences_have_the_commands_of_openstackclient() -> None:
    text = "disco watch 3f2a waits; disco list --quiet; disco doctor; disco is a service"
    assert as_plugin(text) == (
        "openstack cluster watch 3f2a waits; openstack cluster list --quiet; disco doctor;"
        " disco is a service"
    )


def test_arguments_are_not_logged(
    two: requests_mock.Mocker, caplog: pytest.LogCaptureFixture
) -> None:
    """osc-lib logs them where openstackclient is run with --debug."""
    caplog.set_level("DEBUG")
    for path in ("-/", "disco/choices"):
        two.get(f"{BASE}/{path}", status_code=500)
    main(["preview", "-p", "jupyter.password=hunter2", "--image", "i"])
    main(["list", "--os-password", "hunter2"])
    assert "hunter2" not in caplog.text
