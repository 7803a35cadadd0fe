"""A worker's volume: found by its serial number, formatted once, and where data go."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.nodes.scripts.conftest import Node

ID = "0d2fa1cc-7c1e-4c57-8a43-bb6f6a8a3c11"
SERIAL = ID[:20]
#: what blkid says, kept in a file of the device's name; mkfs writes it, mount notes it
STANDS_IN = {
    "blkid": 'f="${@: -1}"; [[ -s $f ]] || exit 2; case "$*" in *TYPE*) cut -d" " -f1 "$f" ;;'
    ' *UUID*) echo 11-22 ;; *) cat "$f" ;; esac',
    "mkfs.ext4": 'echo "$@" >>CALLS; echo "ext4 x" >"${@: -1}"',
    "mount": 'echo "mount $@" >>CALLS',
    "mountpoint": "exit 1",
}


@pytest.fixture
def worker(node: Node, tmp_path: Path) -> Node:
    for name, body in STANDS_IN.items():
        node.stand_in(name, body.replace("CALLS", str(tmp_path / "calls")))
    (node.root / "etc").mkdir()
    (node.root / "etc/fstab").write_text("/dev/vda1 / ext4 defaults 0 1")
    return node


def device(node: Node, holds: str = "") -> Path:
    """A disk of the node with links as udev makes them."""
    links = node.root / "dev/disk/by-id"
    links.mkdir(parents=True)
    disk = node.root / "dev/vdb"
    disk.write_text(holds)
    (links / f"virtio-{SERIAL}").symlink_to("../../vdb")
    (links / f"virtio-{SERIAL}-part1").symlink_to("../../vdb1")
    return disk


def run(node: Node, components: str = "dask spark", **facts: str) -> tuple[int, str]:
    done = node.run(f"set -e; disco_volume {components}", DISCO_VOLUME=ID, **facts)
    return done.returncode, done.stdout + done.stderr


def calls(tmp_path: Path) -> str:
    file = tmp_path / "calls"
    return file.read_text() if file.exists() else ""


def test_an_empty_volume_is_formatted_mounted_and_used(worker: Node, tmp_path: Path) -> None:
    disk = device(worker)
    status, said = run(worker)
    assert status == 0, said
    assert f"-L disco-data {disk}" in calls(tmp_path)
    assert f"mount -t ext4 {disk} {worker.root}/srv/disco" in calls(tmp_path)
    table = (worker.root / "etc/fstab").read_text().splitlines()
    assert table[0] == "/dev/vda1 / ext4 defaults 0 1"
    assert table[1].startswith("UUID=11-22 /srv/disco ext4 defaults,nofail,")
    assert (worker.root / "var/lib/disco/spark").readlink() == Path("/srv/disco/spark")
    assert (worker.root / "srv/disco/dask").is_dir()


def test_a_volume_with_data_keeps_them(worker: Node, tmp_path: Path) -> None:
    device(worker, "xfs x")
    for _ in range(2):  # a step may be repeated
        assert run(worker)[0] == 0
    assert "mkfs" not in calls(tmp_path)
    assert "disco-data" not in calls(tmp_path)
    table = (worker.root / "etc/fstab").read_text()
    assert table.count("/srv/disco xfs") == 1


@pytest.mark.parametrize("holds", ["LVM2_member x", " PTTYPE=gpt"])
def test_what_is_no_file_system_of_ours_is_left_alone(
    worker: Node, tmp_path: Path, holds: str
) -> None:
    device(worker, holds)
    status, said = run(worker)
    assert status != 0
    assert "vdb" in said
    assert calls(tmp_path) == ""


def test_without_links_the_serial_number_tells(worker: Node, tmp_path: Path) -> None:
    block = worker.root / "sys/block/vdc"
    block.mkdir(parents=True)
    (block / "serial").write_text(f"{SERIAL}\n")
    (worker.root / "dev").mkdir()
    (worker.root / "dev/vdc").touch()
    assert run(worker)[0] == 0
    assert f"{worker.root}/dev/vdc" in calls(tmp_path)


def test_a_folder_may_stand_for_it(worker: Node, tmp_path: Path) -> None:
    folder = worker.root / "var/lib/disco-volumes" / ID
    folder.mkdir(parents=True)
    assert run(worker)[0] == 0
    assert calls(tmp_path) == ""
    assert (folder / "spark").is_dir()


def test_a_volume_that_does_not_come_is_named(worker: Node) -> None:
    status, said = run(worker, DISCO_VOLUME_TIMEOUT="0")
    assert status != 0
    assert f"waited 0 s for the volume {ID} to be attached" in said


def test_data_that_are_there_are_not_hidden(worker: Node) -> None:
    device(worker)
    there = worker.root / "var/lib/disco/dask"
    there.mkdir(parents=True)
    (there / "mine").touch()
    assert run(worker)[0] != 0
    assert (there / "mine").exists()
