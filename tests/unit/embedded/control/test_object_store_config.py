"""The configuration of the object store, as Swift's servers read it."""

from __future__ import annotations

import configparser
import errno
import importlib.util
import os
from pathlib import Path

import pytest

from disco.embedded.control.object_store_config import (
    PIPELINE,
    check_packages,
    object_store_url,
    prepare_object_store,
    write_object_store,
)
from disco.embedded.state_dir import StateDir
from disco.errors import ConfigurationError

SECRETS = {"swift": "the password", "swift_paths": "the salt"}


@pytest.fixture
def state(tmp_path: Path) -> StateDir:
    state = StateDir(tmp_path / "100% state")
    state.prepare()
    prepare_object_store(state)
    write_object_store(state, 5100, SECRETS)
    return state


def read(state: StateDir, name: str) -> configparser.ConfigParser:
    # as Paste reads it
    parser = configparser.ConfigParser()
    assert parser.read(state["object-store"] / name)
    return parser


def test_only_its_owner_reads_it(state: StateDir) -> None:
    for path in state["object-store"].iterdir():
        assert path.stat().st_mode & 0o077 == 0 or path.is_dir(), path
    assert state["object-store"].stat().st_mode & 0o777 == 0o700


def test_each_server_has_its_data_in_the_state_directory(state: StateDir) -> None:
    for server in ("account", "container", "object", "proxy"):
        settings = read(state, f"{server}-server.conf")["DEFAULT"]
        assert Path(settings["devices"]) == state["object-store/devices"]
        assert Path(settings["swift_dir"]) == state["object-store"]


def test_tokens_and_s3_signatures_are_checked_by_this_clouds_keystone(state: StateDir) -> None:
    proxy = read(state, "proxy-server.conf")
    names = proxy["pipeline:main"]["pipeline"].split()
    assert names == PIPELINE.split()
    for name in names[:-1]:
        assert proxy.has_section(f"filter:{name}"), name
    assert names.index("tempurl") < names.index("authtoken") < names.index("s3api")
    assert names.index("s3token") < names.index("keystoneauth")
    for name in ("authtoken", "s3token"):
        assert proxy[f"filter:{name}"]["auth_url"] == "http://127.0.0.1:5100/v3"
        assert proxy[f"filter:{name}"]["password"] == "the password"
    assert object_store_url(5100) == "http://127.0.0.1:5102"


def test_a_file_system_that_cannot_keep_objects_is_named_before_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    monkeypatch.setattr(os, "setxattr", refuse)
    state = StateDir(tmp_path / "state")
    with pytest.raises(ConfigurationError, match="Operation not supported") as refusal:
        prepare_object_store(state)
    assert "extended attributes" in (refusal.value.hint or "")
    assert "--state" in (refusal.value.hint or "")


def test_what_is_not_installed_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ConfigurationError, match="not installed") as refusal:
        check_packages()
    assert "[object-store]" in (refusal.value.hint or "")
