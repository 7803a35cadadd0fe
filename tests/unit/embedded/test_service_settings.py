"""The service on the embedded cloud has a user's settings, and the cloud's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import disco
from disco.config import load_settings
from disco.data_files import data_dir
from disco.embedded.service_settings import PATHS, read_settings, write_settings
from disco.errors import ConfigurationError

AUTH_URL = "http://127.0.0.1:5000/v3"


def written(folder: Path, text: str | None, has_nodes: bool = False) -> Path:
    """The service's file in a state folder, from a user's in another folder."""
    own = None
    if text is not None:
        own = folder / "mine" / "my.cfg"
        own.parent.mkdir(exist_ok=True)
        own.write_text(text)
    target = folder / "state" / "sm.cfg"
    (target.parent / "logs").mkdir(parents=True, exist_ok=True)
    write_settings(
        target, read_settings(own), auth_url=AUTH_URL, port=8899, has_nodes=has_nodes
    )  # fmt: skip
    return target


@pytest.mark.parametrize("has_nodes", [True, False])
def test_without_a_file_all_is_the_cloud_s(tmp_path: Path, has_nodes: bool) -> None:
    settings = load_settings(written(tmp_path, None, has_nodes))
    assert settings.design_uri == AUTH_URL
    assert (settings.host, settings.port) == ("127.0.0.1", 8899)
    assert settings.wait_condition is has_nodes
    assert settings.log_file == tmp_path / "state" / "logs" / "disco.log"


def test_a_user_s_settings_are_taken_with_paths_relative_to_their_file(tmp_path: Path) -> None:
    (tmp_path / "mine" / "frameworks").mkdir(parents=True)
    (tmp_path / "mine" / "frameworks" / "x").mkdir()
    text = (
        "[general]\nlog_file=mine.log\n"
        "[disco]\nframework_directory=:frameworks\nmirror=http://127.0.0.1:9/%x\n"
        "key_secret=secret\nwaitcondition=False\n"
    )
    settings = load_settings(written(tmp_path, text, has_nodes=True))
    own = tmp_path / "mine"
    assert settings.framework_directories == (data_dir() / "frameworks", own / "frameworks")
    assert settings.log_file == own / "mine.log"
    assert (own / "secret").is_file()
    assert settings.mirror == "http://127.0.0.1:9/%x"
    assert settings.wait_condition is False


def test_a_home_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "frameworks").mkdir(parents=True)
    text = "[disco]\nframework_directory=:~/frameworks\n"
    settings = load_settings(written(tmp_path, text))
    assert settings.framework_directories[1] == tmp_path / "home" / "frameworks"


def test_the_cloud_stays_on_loopback_and_where_it_is(tmp_path: Path) -> None:
    text = (
        "[service_manager]\ndesign_uri=http://elsewhere:5000/v3\n"
        "[disco]\nhost=0.0.0.0\nport=1\nnode_host=evil.example\n"
    )
    target = written(tmp_path, text)
    settings = load_settings(target)
    assert (settings.design_uri, settings.host, settings.port) == (AUTH_URL, "127.0.0.1", 8899)
    assert "evil" not in target.read_text()
    assert target.stat().st_mode & 0o077 == 0  # a user's file may have a token


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        (b"\xff\xfe", "not UTF-8"),
        (b"framework_directory=x", "not a file of settings"),
        (b"[disco]\nport=1\nport=2\n", "not a file of settings"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "my.cfg"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=words) as caught:
        read_settings(path)
    assert str(path) in caught.value.message


def test_the_home_of_nobody_is_for_the_service_to_refuse(tmp_path: Path) -> None:
    text = "[disco]\nframework_directory=~nobody-has-this-name/frameworks\n"
    with pytest.raises(ConfigurationError, match="framework_directory"):
        load_settings(written(tmp_path, text))


def test_every_setting_that_is_a_path_is_known() -> None:
    source = (Path(disco.__file__).parent / "config.py").read_text()
    reads = r'\.(?:file|folders|readable|optional_file|log_file|certificates)\(\s*"(\w+)", "(\w+)"'
    assert set(re.findall(reads, source)) == PATHS


@pytest.mark.parametrize("value", ["True", "false", "no", "0"])
def test_a_word_that_is_no_path_stays_one(tmp_path: Path, value: str) -> None:
    text = f"[disco]\nverify={value}\naudit_log=off\n"
    settings = load_settings(written(tmp_path, text))
    assert settings.verify is (value == "True")
    assert settings.audit_log is None
