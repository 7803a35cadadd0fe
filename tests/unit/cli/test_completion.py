"""What completes: commands, options, values that the service knows; and nothing of theirs runs."""

from __future__ import annotations

import argparse
from pathlib import Path

import argcomplete
import pytest
import requests_mock
from argcomplete.lexers import split_line

from disco.cli import completion
from tests.support.wire import BASE, ID, URL, resource

STATUSES = ("changing", "suspend", "resuming", "deleting")


def completed(line: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the shell is told for a line with the cursor at its end."""
    monkeypatch.setenv("COMP_LINE", line)
    monkeypatch.setenv("COMP_POINT", str(len(line)))
    # as autocomplete() does it, without the file descriptors of the shell
    parser = completion.whole_parser(completion.typed_command())
    finder = argcomplete.CompletionFinder(parser, always_complete_options="long")
    prequote, prefix, _, words, breaks = split_line(line, len(line))
    found: list[str] = finder._get_completions(words, prefix, prequote, breaks)
    return found


@pytest.fixture
def service(wire: requests_mock.Mocker) -> requests_mock.Mocker:
    hostile = {**resource("X"), "title": "$(touch ran)", "id": f"urn:uuid:{ID[:-1]}0"}
    mine = {**resource("CREATE_COMPLETE"), "title": "analysis"}
    wire.get(f"{BASE}/disco/", json={"resources": [mine, hostile]})
    nodes = [{"name": "disco-manager", "role": "master"}, {"name": "disco-worker-1", "role": "w"}]
    nodes[1] |= {"role": "worker", "number": 1}  # type: ignore[dict-item]
    wire.get(f"{URL}/nodes", json={"nodes": nodes})
    flavors = [{"name": "m1.small"}, {"name": "$(x)"}]
    wire.get(f"{BASE}/disco/choices", json={"flavors": flavors})
    job = {"id": "1129-04", "state": "running"}
    wire.get(f"{URL}/jobs", json={"jobs": [job], "reason": "", "publish_key": None})
    return wire


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("disco sus", {"suspend"}),
        ("disco --os-cloud x wat", {"watch"}),
        ("disco --os-clo", {"--os-cloud"}),
        ("disco create --worker-im", {"--worker-image"}),
        ("disco list -f j", {"json"}),
        ("disco create --wait-condition t", {"true"}),
        ("disco completion f", {"fish"}),
        ("disco create da", {"dask"}),
        ("disco create dask ju", {"jupyter"}),
        ("disco show an", {"analysis"}),
        ("disco --os-cloud x show -o json an", {"analysis"}),
        ("disco delete analysis 70", {ID, f"{ID[:-1]}0"}),
        ("disco ssh analysis --node disco-w", {"disco-worker-1"}),
        ("disco logs analysis -n disco-m", {"disco-manager"}),
        ("disco show $", set()),
        ("disco jo", {"job"}),
        ("disco job su", {"submit"}),
        ("disco job submit an", {"analysis"}),
        ("disco job logs analysis --fol", {"--follow"}),
        ("disco list", {"list"}),
        ("disco create --worker-flavor ", {"m1.small"}),
        ("disco list --status ", {*["complete", "failed", "installing"], *STATUSES}),
        ("disco list --framework das", {"dask"}),
        ("disco job logs analysis 11", {"1129-04"}),
        ("disco create --ttl ", set()),
        ("disco logs analysis a", set()),
        ("disco create --file a.y", {"a.yaml"}),
        ("disco logs analysis --node disco-worker-1 --fol", {"--follow"}),
    ],
)
def test_a_word_is_completed(
    service: requests_mock.Mocker,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    line: str,
    words: set[str],
) -> None:
    (tmp_path / "a.yaml").touch()
    monkeypatch.chdir(tmp_path)
    assert {word.strip() for word in completed(line, monkeypatch)} == words


def test_a_service_that_fails_completes_nothing_and_says_nothing(
    wire: requests_mock.Mocker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wire.get(f"{BASE}/disco/", status_code=500)
    assert completed("disco show an", monkeypatch) == []
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(shell: str) -> None:
    assert "disco" in completion.script(shell)


def test_only_the_command_that_is_typed_is_loaded() -> None:
    parser = completion.whole_parser("list")
    actions = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    (commands,) = actions
    assert "--framework" in commands.choices["list"]._option_string_actions
    assert "--framework" not in commands.choices["create"]._option_string_actions
