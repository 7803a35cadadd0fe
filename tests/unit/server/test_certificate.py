"""A certificate that cannot be used is found at the start, with the setting's name."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from disco.config import Settings
from disco.errors import ConfigurationError
from disco.server.certificate import check_certificate

SETTINGS = Settings("http://127.0.0.1:9/v3", Path("m.json"), (), ())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("tls")
    for name in ("a", "b"):
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"),
                *("ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", f"/CN={name}"),
                *("-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem")),
            ],
            check=True, capture_output=True,
        )  # fmt: skip
    subprocess.run(
        [
            *("openssl", "ec", "-aes256", "-passout", "pass:secret"),
            *("-in", str(folder / "a.key"), "-out", str(folder / "locked.key")),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    (folder / "text").write_text("nothing of the kind")
    return {path.name: path for path in folder.iterdir()} | {"absent": folder / "absent"}


def test_a_certificate_with_its_key_is_taken(files: dict[str, Path]) -> None:
    check_certificate(SETTINGS)
    check_certificate(replace(SETTINGS, certificate=files["a.pem"], key=files["a.key"]))


@pytest.mark.parametrize(
    ("certificate", "key", "setting"),
    [
        ("a.pem", None, "[disco] key: missing"),
        (None, "a.key", "[disco] certificate: missing"),
        ("absent", "a.key", "[disco] certificate: "),
        ("a.pem", "absent", "[disco] key: "),
        ("a.pem", "b.key", "[disco] certificate: "),
        ("text", "a.key", "[disco] certificate: "),
        ("a.pem", "text", "[disco] certificate: "),
        ("a.pem", "locked.key", "[disco] certificate: "),
    ],
)
def test_what_cannot_be_used_is_named(
    files: dict[str, Path], certificate: str | None, key: str | None, setting: str
) -> None:
    settings = replace(
        SETTINGS,
        certificate=files[certificate] if certificate else None,
        key=files[key] if key else None,
    )
    with pytest.raises(ConfigurationError) as caught:
        check_certificate(settings)
    assert caught.value.message.startswith(setting)
