"""sm.cfg: the original's keys, clear errors, and a secret nobody else can read."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from disco.config import load_settings, read_key_secrets
from disco.data_files import data_dir, etc_dir
from disco.errors import ConfigurationError

ORIGINAL = """
[general]
log_file=sm.log
manager=openstack
[service_manager]
manifest={manifest}
design_uri=https://keystone.example.org:5000/v2.0
[service_manager_admin]
register_service=False
service_token=<keystone token>
service_tenant_name=<keystone tenant>
[disco]
framework_directory={frameworks}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "sm.cfg"
    path.write_text(text)
    return path


def original(folder: Path) -> str:
    frameworks = folder / "frameworks"
    frameworks.mkdir()
    return ORIGINAL.format(manifest=data_dir() / "service_manifest.json", frameworks=frameworks)


def test_the_originals_configuration_is_read_as_it_was_meant(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, original(tmp_path)))
    assert settings.design_uri == "https://keystone.example.org:5000/v2.0"
    assert settings.framework_directories == (tmp_path / "frameworks",)
    assert settings.log_file == tmp_path / "sm.log"
    assert not settings.register_service
    assert settings.warnings == ()


def test_the_shipped_configuration_is_complete(tmp_path: Path) -> None:
    shipped = (etc_dir() / "sm.cfg").read_text()
    settings = load_settings(write(tmp_path, shipped))
    assert settings.warnings == ()
    assert settings.port == 8888


def test_unknown_keys_are_a_warning_with_their_names(tmp_path: Path) -> None:
    text = original(tmp_path) + "frobnicate=1\n"
    settings = load_settings(write(tmp_path, text))
    assert ["frobnicate" in w for w in settings.warnings] == [True]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[disco]\n", "design_uri"),
        ("[service_manager]\ndesign_uri=keystone\n", "design_uri"),
        ("[service_manager]\ndesign_uri=http://k\nmanifest=/nowhere.json\n", "manifest"),
        ("[service_manager]\ndesign_uri=http://k\n[disco]\nport=70000\n", "port"),
        ("[service_manager]\ndesign_uri=http://k\n[disco]\nworkers=many\n", "workers"),
        ("[service_manager]\ndesign_uri=http://k\n[disco]\nframework_directory=/no\n", "framework"),
        ("[service_manager]\ndesign_uri=http://k\n[general]\nmanager=openbaton\n", "manager"),
        (
            "[service_manager]\ndesign_uri=http://k\n"
            "[service_manager_admin]\nregister_service=True\n",
            "service_token",
        ),
        ("no section", "sm.cfg"),
    ],
)
def test_a_wrong_key_is_an_error_that_names_it(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(write(tmp_path, text))
    assert named in caught.value.message


def test_all_wrong_keys_are_named_at_once(tmp_path: Path) -> None:
    text = "[disco]\nport=x\nworkers=0\nwaitcondition=perhaps\n"
    with pytest.raises(ConfigurationError) as caught:
        load_settings(write(tmp_path, text))
    for name in ("design_uri", "port", "workers", "waitcondition"):
        assert name in caught.value.message


def test_the_key_secret_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(read_key_secrets, [path] * 8))
    assert len(found) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_key_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    read_key_secrets(path)
    path.chmod(0o644)
    with pytest.raises(ConfigurationError, match="read by others"):
        read_key_secrets(path)


def test_secrets_are_in_no_repr(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, original(tmp_path)))
    assert settings.key_secrets[0].decode() not in repr(settings)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("127.0.0.1:9889", ("127.0.0.1", 9889)),
        ("[::1]:80", ("::1", 80)),
        ("main", "main"),
        ("Off", None),
    ],
)
def test_the_place_of_the_metrics(tmp_path: Path, text: str, value: object) -> None:
    settings = load_settings(write(tmp_path, original(tmp_path) + f"metrics={text}\n"))
    assert settings.metrics == value


@pytest.mark.parametrize(
    "text", ["9889", ":9889", "host:", "host:0", "host:65536", "h:\u0663", "no"]
)
def test_a_place_of_the_metrics_that_is_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(write(tmp_path, original(tmp_path) + f"metrics={text}\n"))
    assert "[disco] metrics" in caught.value.message


def test_limits_can_be_set_and_switched_off(tmp_path: Path) -> None:
    lines = "limit_requests=7\nlimit_creates=off\naudit_log=OFF\n"
    settings = load_settings(write(tmp_path, original(tmp_path) + lines))
    assert (settings.limit_requests, settings.limit_creates) == (7, None)
    assert settings.limit_failed_logins
    assert settings.audit_log is None


@pytest.mark.parametrize("key", ["limit_requests", "limit_creates", "limit_followers"])
@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", "\u00b2", "9" * 5000])
def test_a_limit_that_is_none(tmp_path: Path, key: str, text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(write(tmp_path, original(tmp_path) + f"{key}={text}\n"))
    assert f"[disco] {key}" in caught.value.message


def test_an_unknown_format_of_the_log_is_refused(tmp_path: Path) -> None:
    text = original(tmp_path).replace("[general]", "[general]\nlog_format=xml")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(write(tmp_path, text))
    assert "text, json" in caught.value.message


@pytest.mark.parametrize(
    "lines",
    [
        "[disco]\nport=²",
        "[disco]\nport=" + "9" * 5000,
        "[disco]\nworkers=٣",
        "[disco]\nmirror=http://[::1",
        "[disco]\nmirror=http://host:port/",
        "[disco]\nmirror=http://:80",
        "[disco]\nkey_secret=~nobody-of-this-name/secret",
        "[disco]\nframework_directory=" + "x" * 5000,
        "[general]\nlog_file=a\0b",
        "[general]\nthis is no key",
        "port=1",
        "[general]\n" + "x\n" * 50_000,
    ],
    ids=lambda lines: lines[:40].replace("\n", " ").replace("\0", "0"),
)
def test_what_cannot_be_read_is_a_fault_and_nothing_else(tmp_path: Path, lines: str) -> None:
    file = tmp_path / "sm.cfg"
    file.write_text(f"{lines}\n[service_manager]\ndesign_uri=http://127.0.0.1:5000/v3\n")
    with pytest.raises(ConfigurationError) as refused:
        load_settings(file)
    assert len(str(refused.value)) < 1000
    assert not list(tmp_path.glob("*secret*"))
