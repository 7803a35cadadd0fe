"""Archives, fetched and unpacked."""

from __future__ import annotations

import hashlib
import tarfile

import pytest


@pytest.fixture
def archive(tmp_path):
    inside = tmp_path / "tool-1.0"
    inside.mkdir()
    (inside / "README").write_text("text")
    path = tmp_path / "tool-1.0.tgz"
    with tarfile.open(path, "w:gz") as tar:
        tar.add(inside, "tool-1.0")
    return path


def digest(path):
    return hashlib.sha512(path.read_bytes()).hexdigest()


def test_the_outermost_folder_is_left_out(node, archive):
    words = f"/opt/disco/tool {archive.name} {digest(archive)} file://{archive}"
    done = node.run(f"set -e; unpack {words}")
    assert done.returncode == 0, done.stderr
    assert (node.root / "opt/disco/tool/README").read_text() == "text"
    assert not list((node.root / "var/cache/disco").iterdir())


def test_what_is_there_is_left_alone(node, archive):
    words = f"/opt/disco/tool {archive.name} {digest(archive)} file://{archive}"
    done = node.run(
        f"set -e; unpack {words}; touch {node.root}/opt/disco/tool/mine; unpack {words}"
    )
    assert done.returncode == 0, done.stderr
    assert (node.root / "opt/disco/tool/mine").exists()


def test_a_wrong_archive_leaves_nothing_unpacked(node, archive):
    done = node.run(f"set -e; unpack /opt/disco/tool {archive.name} {'0' * 128} file://{archive}")
    assert done.returncode != 0
    assert "checksum" in done.stdout
    assert not (node.root / "opt/disco/tool").exists()
