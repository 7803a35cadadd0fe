"""The configuration of Keystone and Heat, as oslo.config reads it."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest

from disco.embedded.control.config_files import (
    READ_ONLY_QUERY,
    write_heat,
    write_keystone,
    write_openrc,
)
from disco.embedded.demo.openrc import read_openrc
from disco.embedded.state_dir import StateDir

SECRETS = {"heat": "pa$$word", "heat_domain_admin": "b", "encryption_key": "c" * 32}


@pytest.fixture
def state(tmp_path: Path) -> StateDir:
    state = StateDir(tmp_path / "state")
    state.prepare()
    return state


def read(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(path)
    return parser


def test_a_dollar_in_a_password_is_not_a_variable(state: StateDir) -> None:
    heat = read(write_heat(state, 5000, SECRETS))
    assert heat["keystone_authtoken"]["password"] == "pa$$$$word"


def test_files_with_passwords_are_private(state: StateDir) -> None:
    for path in (write_heat(state, 5000, SECRETS), write_keystone(state, 5000)):
        assert path.stat().st_mode & 0o077 == 0


def test_nodes_signal_heat_at_the_address_that_they_reach(state: StateDir) -> None:
    heat = read(write_heat(state, 5100, SECRETS))
    expected = "http://169.254.169.254:5101/orchestration/v1/waitcondition"
    assert heat["DEFAULT"]["heat_waitcondition_server_url"] == expected
    assert heat["keystone_authtoken"]["auth_url"] == "http://127.0.0.1:5100/v3"


def test_connections_that_only_read_are_known_by_their_url(state: StateDir) -> None:
    database = read(write_heat(state, 5000, SECRETS))["database"]
    assert database["slave_connection"] == f"{database['connection']}?{READ_ONLY_QUERY}"


def test_the_openrc_file_logs_its_user_in(state: StateDir) -> None:
    write_openrc(state, 5100, "demo", "secret")
    variables = read_openrc(state.openrc)
    assert variables["OS_AUTH_URL"] == "http://127.0.0.1:5100/v3"
    assert (variables["OS_USERNAME"], variables["OS_PASSWORD"]) == ("demo", "secret")
    assert variables["OS_PROJECT_NAME"] == "demo"
