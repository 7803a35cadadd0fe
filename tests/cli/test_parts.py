"""What a cluster is made of, by options and in a cluster file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.shell import Shell

SMALL = {"image": "debian-12", "flavor": "m1.small", "workers": 1, "external_network": "public"}


def options(said: dict[str, Any]) -> list[str]:
    return [f"--{name.replace('_', '-')}={value}" for name, value in said.items()]


def both(shell: Shell, folder: Path, said: dict[str, Any]) -> list[dict[str, Any]]:
    """The previews of a cluster file, and of the same as options."""
    file = folder / "cluster.yaml"
    file.write_text(yaml.safe_dump(said, allow_unicode=True), "utf-8")
    words = options({k: str(v).lower() if isinstance(v, bool) else v for k, v in said.items()})
    answers = [shell.call("preview", *given, "-o", "json") for given in (["-f", str(file)], words)]
    for answer in answers:
        assert answer.status == 0, answer.err
    return [answer.json for answer in answers]


@pytest.mark.parametrize("name", ["a,b=c;d", 'say "x"', "it's Zürich 🚀", "-x", "$HOME `id`"])
def test_a_network_is_called_as_it_is_written(name: str, shell: Shell, tmp_path: Path) -> None:
    for shown in both(shell, tmp_path, SMALL | {"network": name}):
        assert shown["network"]["name"] == name


def test_nodes_boot_from_volumes_in_a_zone_and_with_a_drive(shell: Shell, tmp_path: Path) -> None:
    more = {
        "root_volume_size": 10,
        "root_volume_type": "local",
        "root_volume_nodes": "all",
        "availability_zone": "nova",
        "config_drive": True,
    }
    for shown in both(shell, tmp_path, SMALL | more):
        assert [n["root_volume_gb"] for n in shown["nodes"]] == [10, 10]
        assert {n["availability_zone"] for n in shown["nodes"]} == {"nova"}
        assert shown["network"]["config_drive"] is True


def test_a_fault_names_the_option(shell: Shell) -> None:
    refused = shell.call("preview", *options(SMALL), "--availability-zone", "there")
    assert refused.status != 0
    assert "--availability-zone" in refused.err
    assert "nova" in refused.err
    refused = shell.call("preview", *options(SMALL), "--root-volume-type", "local")
    assert "--root-volume-type" in refused.err
