"""What a value of sm.cfg may be is known at start: files, URLs, and comments behind values."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from disco.config import Settings, load_settings
from disco.config_values import wrong_url
from disco.errors import ConfigurationError

KEYSTONE = "[service_manager]\ndesign_uri=http://127.0.0.1:5000/v3\n"


def load(folder: Path, text: str) -> Settings:
    (folder / "sm.cfg").write_text(text)
    return load_settings(folder / "sm.cfg")


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load(folder, text)
    return refused.value.message


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("authority")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"),
            *("ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=ca"),
            *("-keyout", str(folder / "ca.key"), "-out", str(folder / "ca.pem")),
        ],
        check=True,
        capture_output=True,
    )
    return (folder / "ca.pem").read_bytes()


@pytest.mark.parametrize(
    "value",
    [
        "http://127.0.0.1:5000/v3   ; Keystone",
        "http://127.0.0.1:5000/v3\t;Keystone",
        "http://127.0.0.1:5000/v3/ ; http://other ; more",
    ],
)
def test_a_comment_that_python_2_took_off_is_taken_off_with_a_warning(
    tmp_path: Path, value: str
) -> None:
    settings = load(
        tmp_path,
        f"[service_manager]\ndesign_uri={value}\n[disco]\nworkers=3 ; few\nmirror= ; none\n",
    )
    assert settings.design_uri == "http://127.0.0.1:5000/v3"
    assert (settings.workers, settings.mirror) == (3, None)
    keys = ("design_uri", "workers", "mirror")
    assert [
        key for key in keys if any(f"] {key}: the comment" in w for w in settings.warnings)
    ] == [*keys]


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("[service_manager]\ndesign_uri=http://k:5000/v3 # Keystone", "design_uri"),
        ("[service_manager]\ndesign_uri=http://k:5000/v3 http://l", "blank"),
        ("[service_manager]\ndesign_uri=http://k:5000/v3\n  port=8888", "continues"),
        ("[service_manager]\ndesign_uri=http://<keystone>:5000", "design_uri"),
        ("[service_manager]\ndesign_uri=http://user:secret@k:5000", "user or a password"),
        ("[service_manager]\ndesign_uri=http://k:5000/v3/auth/tokens", "before /auth/tokens"),
        ("[service_manager]\ndesign_uri=http://k:5000/v3?x=1", "design_uri"),
        ("[service_manager]\ndesign_uri=k:5000/v3", "design_uri"),
        (f"{KEYSTONE}[disco]\nmirror=http://m/a b", "mirror"),
        (f"{KEYSTONE}[disco]\nheat_uri=heat:8004", "heat_uri"),
        (f"{KEYSTONE}[disco]\nverify=nowhere.pem", "verify"),
        (f"{KEYSTONE}[disco]\nverify=sm.cfg", "no certificates"),
        (f"{KEYSTONE}[disco]\nverify=perhaps", "verify"),
        (f"{KEYSTONE}[disco]\ncertificate=nowhere.pem\nkey=nowhere.key", "[disco] key"),
        (f"{KEYSTONE}[disco]\ncertificate=sm.cfg", "[disco] key: needed with certificate"),
        (f"{KEYSTONE}[disco]\nkey=sm.cfg", "[disco] certificate: needed with key"),
        (f"{KEYSTONE}[disco]\nhost=http://0.0.0.0", "host"),
        (f"{KEYSTONE}[disco]\nhost=all of them", "host"),
        (f"{KEYSTONE}[disco]\nnode_host=http://cloud", "node_host"),
        (f"{KEYSTONE}[disco]\nnode_host=cloud:5000", "node_host"),
        (f"{KEYSTONE}[disco]\ninterface=private", "public, internal, admin"),
        (f"{KEYSTONE}[disco]\naudit_log=nowhere/audit.log", "audit_log"),
        (f"{KEYSTONE}[general]\nlog_file=nowhere/sm.log", "log_file"),
        (f"{KEYSTONE}[general]\nlog_file=.", "is a folder"),
        (f"{KEYSTONE}[disco]\nkey_secret=sm.cfg", "key_secret"),
        (f"{KEYSTONE}[disco]\nkey_secret=sm.cfg/secret", "key_secret"),
        (f"{KEYSTONE}[disco]\nframework_directory=nowhere:sm.cfg", "framework_directory"),
    ],
    ids=lambda text: text[-48:].replace("\n", " "),
)
def test_what_users_would_find_out_is_refused_at_start(
    tmp_path: Path, line: str, named: str
) -> None:
    assert named in refusal(tmp_path, f"{line}\n")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["sm.cfg"]


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    lines = "verify=no.pem\ncertificate=no.pem\naudit_log=no/a\ninterface=x\nkey_secret=sm.cfg\n"
    said = refusal(tmp_path, f"[service_manager]\ndesign_uri=a b\n[disco]\n{lines}")
    for key in ("design_uri", "verify", "certificate", "audit_log", "interface", "key_secret"):
        assert f"] {key}: " in said


def test_paths_are_relative_to_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, authority: bytes
) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "ca.pem").write_bytes(authority)
    monkeypatch.chdir("/")
    settings = load(tmp_path / "conf", f"{KEYSTONE}[disco]\nverify=ca.pem\naudit_log=audit.log\n")
    assert settings.verify == str(tmp_path / "conf" / "ca.pem")
    assert settings.audit_log == tmp_path / "conf" / "audit.log"
    assert load(tmp_path / "conf", f"{KEYSTONE}[disco]\nverify=.\n").verify == str(
        tmp_path / "conf"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, authority: bytes) -> None:
    (tmp_path / "ca.pem").write_bytes(authority)
    (tmp_path / "ca.pem").chmod(0)
    assert "cannot be read by this user" in refusal(tmp_path, f"{KEYSTONE}[disco]\nverify=ca.pem\n")


@pytest.mark.parametrize(
    "key",
    ["verify", "host", "workers", "waitcondition", "behind_proxy", "metrics", "interface",
     "cloud_timeout", "limit_creates", "audit_log", "key_secret", "mirror", "node_host"],
)  # fmt: skip
def test_a_key_without_a_value_has_its_default(tmp_path: Path, key: str) -> None:
    """``verify=`` had switched the check of certificates off."""
    without, empty = load(tmp_path, KEYSTONE), load(tmp_path, f"{KEYSTONE}[disco]\n{key}=\n")
    assert empty == without
    assert empty.verify is True


def test_a_key_that_is_meant_is_suggested(tmp_path: Path) -> None:
    (warning,) = load(tmp_path, f"{KEYSTONE}[disco]\nverfy=False\n").warnings
    assert "unknown key [disco] verfy; is verify meant?" in warning


def test_a_file_as_windows_writes_it_is_read(tmp_path: Path) -> None:
    text = KEYSTONE.replace("\n", "\r\n").encode("utf-8-sig")
    (tmp_path / "sm.cfg").write_bytes(text)
    assert load_settings(tmp_path / "sm.cfg").design_uri.endswith("/v3")
    (tmp_path / "sm.cfg").write_bytes(b"\xff" + text)
    with pytest.raises(ConfigurationError, match="not text in UTF-8"):
        load_settings(tmp_path / "sm.cfg")


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("http://k", True),
        ("HTTPS://k:5000/v3", True),
        ("http://[::1]:5000/identity/v3", True),
        ("http://keystone_1:5000", True),
        ("https://схема.example/v3", True),
        ("http://", False),
        ("http://k:0", False),
        ("http://k:x", False),
        ("ftp://k", False),
        ("http://k\u00a0/v3", False),
        ("http://k\x00", False),
        ("//k/v3", False),
        ("http://k/#v3", False),
        ("${KEYSTONE}", False),
        ("http://{host}/", False),
    ],
)
def test_urls(text: str, right: bool) -> None:
    assert (wrong_url(text) is None) is right
