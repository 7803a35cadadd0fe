"""Options for single properties, and secrets that are in files."""

from __future__ import annotations

from pathlib import Path

import pytest

from disco.attributes import component_attribute
from disco.cli.cluster_options import request_of
from disco.cli.exit_status import CommandError, Status
from disco.cli.main import parse
from disco.cli.property_options import read_pairs, read_secrets

KEY = "conf.core-site.fs.s3a.secret.key"


def attributes(*words: str) -> dict[str, str]:
    return request_of(parse(["create", *words])).to_attributes()


def test_a_secret_of_a_framework_s_file_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cr3t=x\n")
    sent = attributes("--secret", f"hadoop.{KEY}={tmp_path / 'key'}")
    assert sent[component_attribute("hadoop", f"secret.{KEY}")] == "s3cr3t=x"
    assert component_attribute("hadoop", KEY) not in sent


def test_a_property_that_is_always_secret_has_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "word").write_text("correct horse")
    sent = attributes("--secret", f"jupyter.password={tmp_path / 'word'}")
    assert sent[component_attribute("jupyter", "password")] == "correct horse"


def test_a_cluster_file_names_files_beside_it_and_options_override_them(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("of the file")
    (tmp_path / "other").write_text("of the option")
    file = tmp_path / "cluster.yaml"
    file.write_text(f"secrets: {{hadoop: {{{KEY}: key, conf.core-site.x: key}}}}\n")
    sent = attributes("-f", str(file), "--secret", f"hadoop.{KEY}={tmp_path / 'other'}")
    assert sent[component_attribute("hadoop", f"secret.{KEY}")] == "of the option"
    assert sent[component_attribute("hadoop", "secret.conf.core-site.x")] == "of the file"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "no such file"),
        (b"", "one line"),
        (b"a\nb", "one line"),
        (b"x" * 5000, "4096 characters"),
        (b"\xff\xfe", "UTF-8"),
    ],
)
def test_a_file_that_is_no_secret_is_refused_and_not_quoted(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    path = tmp_path / "s3cr3t"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError) as caught:
        read_secrets({f"hadoop.{KEY}": str(path)})
    assert caught.value.status is Status.USAGE
    assert reason in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


def test_the_request_s_own_text_has_no_secret(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cr3t")
    request = request_of(parse(["create", "--secret", f"hadoop.{KEY}={tmp_path / 'key'}"]))
    assert "s3cr3t" not in repr(request)


def test_a_pair_needs_a_name_and_is_not_quoted_with_its_value() -> None:
    assert read_pairs(["a=b=c", "d="], "-p", "NAME=VALUE") == {"a": "b=c", "d": ""}
    with pytest.raises(CommandError, match='Invalid -p ""'):
        read_pairs(["=s3cr3t"], "-p", "NAME=VALUE")
