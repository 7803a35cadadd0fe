"""``disco mirror``: Python packages for each version of Python, and a page of links."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from disco.heat.template.software import Download
from disco.mirror.mirror import OWN_PYTHON, Item, Mirror
from tests.support.sources import DOWN, SUM


def wheel(folder: Path, name: str, tag: str = "py3-none-any", needs: str = "") -> None:
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{name}-1.0-{tag}.whl", "w") as archive:
        info = f"{name}-1.0.dist-info"
        more = f"Requires-Dist: {needs}\n" if needs else ""
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{more}"
        )
        pure = "true" if tag == "py3-none-any" else "false"
        archive.writestr(
            f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: {pure}\nTag: {tag}\n"
        )
        archive.writestr(f"{info}/RECORD", "")


def packages(mirror: Path, index: Path, *names: str, python: str = OWN_PYTHON) -> Mirror:
    """A mirror with Python packages of a folder that takes PyPI's place."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_FIND_LINKS": str(index),
        "PIP_NO_INDEX": "1",
    }
    made = Mirror(mirror, lambda _: None, 0, environment)
    made.fill([Item("tool", "1", (), names)], [python])
    return made


def test_packages_come_with_what_they_need_and_a_page_of_links(tmp_path: Path) -> None:
    index = tmp_path / "index"
    wheel(index, "disco_one", needs="disco-two")
    wheel(index, "disco_two")
    assert packages(tmp_path / "m", index, "disco-one==1.0").failures == []
    links = re.findall('href="([^"]+)"', (tmp_path / "m/pypi/index.html").read_text())
    assert links == ["disco_one-1.0-py3-none-any.whl", "disco_two-1.0-py3-none-any.whl"]
    assert all((tmp_path / "m/pypi" / name).is_file() for name in links)
    # the second time nobody is asked
    assert packages(tmp_path / "m", tmp_path / "nowhere", "disco-one==1.0").failures == []


def test_packages_for_another_python_are_that_python_s(tmp_path: Path) -> None:
    index = tmp_path / "index"
    wheel(index, "disco_one", "cp399-cp399-manylinux2014_x86_64")
    wheel(index, "disco_one", "cp39-cp39-manylinux2014_x86_64")
    found = packages(tmp_path / "m", index, "disco-one", python="3.99")
    if found.failures:  # wheels of this test are for one kind of machine
        pytest.skip(found.failures[0].reason)
    assert [p.name for p in (tmp_path / "m/pypi").glob("*.whl")] == [
        "disco_one-1.0-cp399-cp399-manylinux2014_x86_64.whl"
    ]


def test_a_package_that_nobody_has_is_named(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    (failure,) = packages(tmp_path / "m", tmp_path / "index", "disco-nobody==7").failures
    assert "tool 1: packages for Python" in failure.name
    assert "disco-nobody==7" in failure.reason


def test_two_digests_for_one_file_are_refused(tmp_path: Path) -> None:
    mirror = Mirror(tmp_path, lambda _: None, 0)
    pinned = (Download("x.tgz", SUM, (f"{DOWN}/x",)), Download("x.tgz", "0" * 128, (f"{DOWN}/x",)))
    items = [Item(f"tool{n}", "1", (download,), ()) for n, download in enumerate(pinned)]
    mirror.fill(items, [OWN_PYTHON])
    assert "two components pin different digests for it" in [f.reason for f in mirror.failures]
