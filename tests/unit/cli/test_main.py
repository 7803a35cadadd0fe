"""Words before and behind options, and how a command ends."""

from __future__ import annotations

import subprocess
import sys

import pytest
import requests_mock

from disco.cli.main import main, parse
from tests.support.wire import BASE, ID


def test_frameworks_may_stand_on_both_sides_of_options() -> None:
    assert parse(["create", "dask", "-w", "2", "jupyter"]).frameworks == ["dask", "jupyter"]
    assert parse(["logs", "3f2a", "--follow", "events"]).log == "events"


def test_what_follows_two_hyphens_is_the_command_of_ssh() -> None:
    args = parse(["ssh", "3f2a", "--node", "1", "--", "ls", "--all"])
    assert (args.node, args.words) == ("1", ["ls", "--all"])


def test_words_before_and_after_two_hyphens_are_a_program_s() -> None:
    args = parse(["job", "submit", "3f2a", "job.py", "a", "--wait", "--", "--wait", "b"])
    assert (args.program, args.arguments, args.wait) == ("job.py", ["a", "--wait", "b"], True)
    args = parse(["run", "job.py", "--output", "x", "-f", "cluster.yaml", "1", "--", "-2"])
    assert (args.output, args.file, args.arguments) == ("x", "cluster.yaml", ["1", "-2"])


def test_the_first_word_of_commands_names_them(capsys: pytest.CaptureFixture[str]) -> None:
    for words, status in ((["job"], 2), (["job", "--help"], 0), (["job", "sumbit", "x"], 2)):
        with pytest.raises(SystemExit) as caught:
            parse(words)
        assert caught.value.code == status
        said = capsys.readouterr()
        assert "job submit" in (said.err if status else said.out)


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parse([])
    assert caught.value.code == 2
    assert "suspend a cluster" in capsys.readouterr().err


def test_an_error_is_a_sentence_and_an_exit_status(
    wire: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    wire.get(f"{BASE}/disco/", json={"resources": []})
    assert main(["show", "3f2a"]) == 3
    assert 'disco: Unknown cluster "3f2a".\n  Use a name or an id that disco list shows' in (
        capsys.readouterr().err
    )


def test_a_stopped_command_says_that_the_cloud_goes_on(
    wire: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    wire.get(f"{BASE}/disco/{ID}", exc=KeyboardInterrupt)
    assert main(["show", ID]) == 130
    assert "goes on in the cloud" in capsys.readouterr().err


def test_a_reader_that_goes_away_ends_the_command_without_a_traceback() -> None:
    command = f"{sys.executable} -m disco.cli.main completion bash | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (141, "")
