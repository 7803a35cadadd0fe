"""The options of service_manager, and what it says of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from disco.server import service_manager
from disco.server.service_manager import main


@pytest.fixture(autouse=True)
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SM_CONFIG_PATH", raising=False)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "-c FILE or --embedded is required"),
        (["--embedded", "--check"], "--embedded makes its own cloud"),
        (["--embedded", "--nodes", "many"], "--nodes"),
    ],
)
def test_wrong_options_are_refused(
    capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("by_variable", [True, False])
def test_a_missing_configuration_is_named(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    by_variable: bool,
) -> None:
    missing = str(tmp_path / "no.cfg")
    if by_variable:
        monkeypatch.setenv("SM_CONFIG_PATH", missing)
    assert main([] if by_variable else ["-c", missing]) == 2
    said = capsys.readouterr().err
    assert said.startswith("service_manager: ")
    assert "no.cfg" in said


def test_the_embedded_cloud_gets_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}

    class EntryPoint:
        def load(self) -> object:
            return lambda **options: given.update(options) or 5

    monkeypatch.setattr(service_manager, "entry_points", lambda **_: (EntryPoint(),))
    monkeypatch.setattr(service_manager.importlib.util, "find_spec", lambda _: True)
    assert main(["--embedded", "--state", "/s", "--nodes", "none", "--port", "1"]) == 5
    expected = {"state": Path("/s"), "nodes": "none", "port": 1, "cloud_port": 5000}
    assert given == {**expected, "object_store": False, "config": None, "quiet": False}
    assert main(["--embedded", "--object-store", "--quiet"]) == 5
    assert given["quiet"] is True
    assert given["object_store"] is True
    for option in ("-c", "--config", "--config-file"):
        assert main(["--embedded", option, "my.cfg"]) == 5
        assert given["config"] == Path("my.cfg")
        given.clear()


def test_without_its_packages_the_embedded_cloud_is_not_started(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(service_manager.importlib.util, "find_spec", lambda _: None)
    assert main(["--embedded"]) == 2
    assert "embedded cloud is not installed" in capsys.readouterr().err
