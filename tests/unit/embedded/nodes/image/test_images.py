"""Which images there are, and how far they are."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from disco.embedded.nodes.image import images as images_module
from disco.embedded.nodes.image import recipe
from disco.embedded.nodes.image.images import IMAGE_IDS, ImageError, ImageStore, bake_script


def test_images_are_queued_until_they_are_built(tmp_path: Path) -> None:
    images = ImageStore(tmp_path)
    assert {i.name: i.status for i in images.infos()} == {
        "debian-12": "queued",
        "debian-12-disco": "queued",
    }


def test_failed_build_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    images = ImageStore(tmp_path)
    assert not images.build()
    assert {i.status for i in images.infos()} == {"error"}
    with pytest.raises(ImageError, match="mmdebstrap is not installed"):
        images.layers(IMAGE_IDS["debian-12-disco"], lambda: False)


def test_further_images_are_there_for_who_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCO_EMBEDDED_IMAGES", "debian-13")
    versions = {i.name: i.properties["os_version"] for i in ImageStore(tmp_path).infos()}
    assert versions == {"debian-12": "12", "debian-12-disco": "12", "debian-13": "13"}
    lines = recipe.apt_lines("debian", [], recipe.DEBIAN_13)
    command = recipe.mmdebstrap_command(tmp_path, lines, recipe.DEBIAN_13)
    assert "trixie" in command
    assert not [word for word in command if "bookworm" in word]
    monkeypatch.setenv("DISCO_EMBEDDED_IMAGES", "debian-13,plan-9")
    with pytest.raises(ImageError, match="plan-9"):
        ImageStore(tmp_path)


def test_what_a_killed_build_left_is_discarded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / ".debian-12-old.new/rootfs").mkdir(parents=True)
    ImageStore(tmp_path).build()
    assert not (tmp_path / ".debian-12-old.new").exists()


def write_script(names: object) -> str:
    return f"install {names}"


def offer(monkeypatch: pytest.MonkeyPatch, *scripts: EntryPoint) -> None:
    monkeypatch.setattr(images_module, "entry_points", lambda **_: scripts)


def test_the_software_of_an_image_comes_from_an_entry_point(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = EntryPoint("frameworks", "x:y", "disco.image_scripts")
    monkeypatch.setattr(EntryPoint, "load", lambda _: write_script)
    offer(monkeypatch, entry)
    assert bake_script() == "install ('dask', 'jupyter', 'spark')"


def test_without_an_entry_point_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch)
    with pytest.raises(ImageError, match=r"disco\.image_scripts: install DISCO again with pip"):
        bake_script()
