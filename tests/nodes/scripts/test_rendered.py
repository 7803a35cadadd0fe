"""Whole scripts, as they are rendered for clusters of the built-in frameworks."""

from __future__ import annotations

import base64
import ipaddress
import re
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

from disco.components.properties import check_properties
from disco.components.resolver import resolve_plan
from disco.heat.template.stack import render_stack
from disco.spec import ClusterSpec, Flavor, Network, NodeGroup, RenderedStack
from tests.support.shipped import CATALOGUE

PASSWORD = "correct horse battery"
HEAT = "icclab.disco.components.heat."
SPARK = "icclab.disco.components.spark."


def render(*frameworks: str, **attributes: str) -> RenderedStack:
    """A cluster of three workers, 8 GiB and two cores each."""
    catalogue = CATALOGUE
    properties = check_properties(catalogue, attributes, {})
    values = properties.values
    plan = resolve_plan(catalogue, dict.fromkeys(frameworks, "ready"), values)
    flavor = Flavor("1", "m1", 8192, 2, 20)
    network = Network("n", "public", ipaddress.IPv4Network("10.78.0.0/24"))
    spec = ClusterSpec(
        id="11111111-2222-3333-4444-555555555555",
        master=NodeGroup("master", "image", flavor, "c1-master"),
        workers=NodeGroup("worker", "image", flavor, "c1-worker", 3),
        network=network,
        ssh_key_name="key",
        ssh_public_key=None,
        properties=values,
        secrets={"jupyter": {"password": PASSWORD}, "objectstore": {"secretkey": "s3cr3t-value"}},
    )
    return render_stack(catalogue, plan, spec)


def script(role: str, *frameworks: str, **attributes: str) -> str:
    """What a node runs, unpacked."""
    text = render(*frameworks, **attributes).user_data[role]
    head, packed, rest = text.partition("<<'DISCO_BODY' >\"$disco_body\"\n")
    if not packed:
        return text
    body = zlib.decompress(base64.b64decode(rest.partition("\nDISCO_BODY\n")[0])).decode()
    return f"{head}\n{body}"


SETS = [("dask",), ("jupyter",), ("spark",), ("dask", "jupyter"), ("dask", "jupyter", "spark")]


@pytest.mark.parametrize("frameworks", SETS, ids="-".join)
@pytest.mark.parametrize("role", ["master", "worker"])
def test_scripts_are_good_bash(tmp_path: Path, frameworks: tuple[str, ...], role: str) -> None:
    path = tmp_path / "user-data"
    path.write_text(script(role, *frameworks))
    subprocess.run(["bash", "-n", str(path)], check=True, timeout=60)
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    command = ["shellcheck", "--severity=warning", str(path)]
    found = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("role", ["master", "worker"])
def test_no_script_has_the_password(role: str) -> None:
    text = script(role, "dask", "jupyter", "spark")
    assert PASSWORD not in text
    assert ("argon2:$argon2id$" in text) == (role == "master")


def test_daemons_fit_the_node_s_flavor() -> None:
    text = script("worker", "dask", "spark")
    dask = int(re.search(r"--memory-limit (\d+)MiB", text)[1])  # type: ignore[index]
    spark = int(re.search(r"--memory (\d+)m", text)[1])  # type: ignore[index]
    assert 1024 < dask + spark < 8192
    assert "--nthreads 2" in text
    assert "--cores 2" in text


def test_a_setting_of_the_user_goes_before_disco_s_own() -> None:
    attributes = {
        f"{SPARK}conf.spark-defaults.spark.executor.memory": "900m",
        f"{SPARK}conf.spark-defaults.spark.x": r"a\b",
    }
    text = script("master", "spark", **attributes)
    assert re.findall(r"^spark\.executor\.memory .*$", text, re.M) == ["spark.executor.memory 900m"]
    assert r"spark.x a\\b" in text


def test_kernels_are_there_for_the_frameworks_that_are() -> None:
    kernels = {
        names: set(re.findall(r"^kernel (\w+)", script("master", *names), re.M))
        for names in (("jupyter",), ("jupyter", "dask"), ("jupyter", "dask", "spark"))
    }
    assert list(kernels.values()) == [set(), {"dask"}, {"dask", "spark"}]


def test_no_daemon_listens_everywhere() -> None:
    for role in ("master", "worker"):
        text = script(role, "dask", "jupyter", "spark")
        assert "0.0.0.0" not in text
