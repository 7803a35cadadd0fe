"""Options and a cluster file become one request; options override the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from disco.cli.cluster_options import request_of
from disco.cli.exit_status import CommandError
from disco.cli.main import parse

HEAT = "icclab.disco.components.heat"
INJECT = "icclab.disco.dependencies.inject"
FILE = """
name: analysis
image: debian-12
master_flavor: m1.medium
worker_flavor: m1.small
workers: 2
external_network: public
dns_servers: [192.0.2.1, 192.0.2.2]
wait_condition: false
frameworks: {dask: "", jupyter: 4.6.6}
properties:
  jupyter: {password: "a password, with \\"quotes\\""}
  spark: {conf.spark-defaults.spark.ui.port: 4050}
attributes: {icclab.disco.components.parameters.uuid: mine}
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "cluster.yaml"
    path.write_text(FILE)
    return str(path)


def attributes(*words: str) -> dict[str, str]:
    return request_of(parse(["create", *words])).to_attributes()


def refusal(*words: str) -> str:
    with pytest.raises(CommandError) as caught:
        attributes(*words)
    assert caught.value.status == 2
    return str(caught.value)


def test_a_file_becomes_attributes(file: str) -> None:
    found = attributes("-f", file)
    assert json.loads(found.pop(INJECT)) == {"dask": "", "jupyter": "4.6.6"}
    assert found == {
        "occi.core.title": "analysis",
        f"{HEAT}.masterimage": "debian-12",
        f"{HEAT}.slaveimage": "debian-12",
        f"{HEAT}.masterflavor": "m1.medium",
        f"{HEAT}.slaveflavor": "m1.small",
        f"{HEAT}.slavecount": "2",
        f"{HEAT}.externalnetworkname": "public",
        f"{HEAT}.dnsnameservers": "192.0.2.1,192.0.2.2",
        f"{HEAT}.waitcondition": "false",
        "icclab.disco.components.jupyter.password": 'a password, with "quotes"',
        "icclab.disco.components.spark.conf.spark-defaults.spark.ui.port": "4050",
        "icclab.disco.components.parameters.uuid": "mine",
    }


def test_options_are_stronger_than_the_file(file: str) -> None:
    more = ("--workers", "8", "--flavor", "m1.large", "-p", "jupyter.password=other one")
    found = attributes("spark=4.3.0", "-f", file, "dask=2026.8.0", *more, "-a", "x.y=z")
    assert found[f"{HEAT}.slavecount"] == "8"
    assert found[f"{HEAT}.masterflavor"] == found[f"{HEAT}.slaveflavor"] == "m1.large"
    assert found["icclab.disco.components.jupyter.password"] == "other one"
    assert found["x.y"] == "z"
    wanted = {"dask": "2026.8.0", "jupyter": "4.6.6", "spark": "4.3.0"}
    assert json.loads(found[INJECT]) == wanted


def test_options_of_a_role_are_stronger_than_those_of_all() -> None:
    found = attributes("--image", "a", "--worker-image", "b")
    assert (found[f"{HEAT}.masterimage"], found[f"{HEAT}.slaveimage"]) == ("a", "b")


def test_a_public_key_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_text("ssh-ed25519 AAAA me\n")
    (tmp_path / "key").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    found = attributes("--public-key", str(tmp_path / "key.pub"))
    assert found[f"{HEAT}.sshpublickey"] == "ssh-ed25519 AAAA me"
    assert "private key" in refusal("--public-key", str(tmp_path / "key"))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["-p", "jupyter.password"], 'Invalid --property "jupyter.password". Use COMPONENT.NAME='),
        (["-p", "=secret word"], 'Invalid --property "". Use COMPONENT.NAME=VALUE.'),
        (["-a", "x"], 'Invalid --attribute "x". Use NAME=VALUE.'),
        (["--public-key", "/nowhere/k.pub"], "Cannot read /nowhere/k.pub of --public-key (no such"),
    ],
)
def test_a_malformed_option_is_named_as_typed(words: list[str], sentence: str) -> None:
    said = refusal(*words)
    assert sentence in said
    assert "secret word" not in said
