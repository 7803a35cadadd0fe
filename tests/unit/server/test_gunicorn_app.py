"""The log of the service, and gunicorn's settings."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from disco.config import Settings
from disco.errors import CloudUnavailable, ConfigurationError
from disco.server.gunicorn_app import MAX_HEADER, Server, _at_exit, clear_text, set_up_logging


@pytest.fixture
def kept_handlers() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("kept_handlers")
def test_a_log_that_was_rotated_away_is_opened_again(tmp_path: Path) -> None:
    file = tmp_path / "disco.log"
    set_up_logging(mock.Mock(spec=Settings, log_file=file, log_format="text"))
    logging.getLogger("disco").info("before")
    file.rename(tmp_path / "disco.log.1")
    logging.getLogger("disco").info("after")
    logging.getLogger("another.library").info("not ours")
    assert "before" in (tmp_path / "disco.log.1").read_text()
    assert file.read_text().count("\n") == 1
    assert "after" in file.read_text()


def test_the_environment_does_not_change_gunicorn_s_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--bind 0.0.0.0:1 --limit-request-field_size 10")
    app = mock.Mock()
    options = {"bind": ["127.0.0.1:2"], "limit_request_field_size": MAX_HEADER, "no_such": 1}
    server = Server(app, options)
    assert server.cfg.bind == ["127.0.0.1:2"]
    assert server.cfg.limit_request_field_size == MAX_HEADER
    assert server.load() is app


def test_a_registration_that_cannot_be_removed_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    registration = mock.Mock()
    registration.remove.side_effect = CloudUnavailable("No answer of Keystone.")
    _at_exit(registration)(None)
    assert "could not be removed from Keystone's catalogue: No answer" in caplog.text
    _at_exit(None)(None)


@pytest.mark.parametrize(
    ("host", "more", "warned"),
    [
        ("0.0.0.0", {}, True),
        ("::", {}, True),
        ("192.0.2.7", {}, True),
        ("disco.example.org", {}, True),
        ("127.0.0.1", {}, False),
        ("127.8.8.8", {}, False),
        ("[::1]", {}, False),
        ("localhost", {}, False),
        ("0.0.0.0", {"behind_proxy": True}, False),
        ("0.0.0.0", {"certificate": Path("c"), "key": Path("k")}, False),
    ],
)
def test_passwords_in_clear_text_are_warned_of(
    host: str, more: dict[str, Any], warned: bool
) -> None:
    settings = Settings("http://127.0.0.1:9/v3", Path("m"), (), (), host=host, **more)
    assert bool(list(clear_text(settings))) == warned


@pytest.mark.usefixtures("kept_handlers")
@pytest.mark.parametrize("path", ["missing/disco.log", "."])
def test_a_log_that_cannot_be_written_is_named(tmp_path: Path, path: str) -> None:
    settings = mock.Mock(spec=Settings, log_file=tmp_path / path, log_format="text")
    with pytest.raises(ConfigurationError) as caught:
        set_up_logging(settings)
    assert caught.value.message.startswith("[general] log_file: ")
