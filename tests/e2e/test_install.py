"""The wheel in an empty environment gives a working service, with the source tree gone."""

from __future__ import annotations

import email
import os
import shutil
import subprocess
import tomllib
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.cloud import free_port_pair

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RENDER = """
import ipaddress
from disco.components.injection import parse_injection
from disco.components.loader import load_catalogue
from disco.components.properties import check_properties
from disco.components.resolver import resolve_plan
from disco.heat.template.stack import render_stack
from disco.spec import ClusterSpec, Flavor, Network, NodeGroup
from disco.data_files import data_dir
catalogue = load_catalogue(data_dir() / "frameworks")
injected = parse_injection("{'dask': '', 'jupyter': ''}")
checked = check_properties(catalogue, {}, injected)
flavor = Flavor("1", "f", 4096, 2, 20)
spec = ClusterSpec(
    id="70ef7ab9-ea99-47b9-bed1-d6cbc896b2d7",
    master=NodeGroup("master", "image", flavor, "disco-manager"),
    workers=NodeGroup("worker", "image", flavor, "disco-worker", 2),
    network=Network("net", "public", ipaddress.IPv4Network("192.168.16.0/20")),
    ssh_key_name="key",
    ssh_public_key="ssh-ed25519 AAAA",
    properties=checked.values,
    secrets={"jupyter": {"password": "secret"}},
)
plan = resolve_plan(catalogue, injected, checked.values)
rendered = render_stack(catalogue, plan, spec)
print(rendered.template, *rendered.user_data.values(), *plan.steps)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` of an environment with DISCO and nothing of the source tree."""
    folder = tmp_path_factory.mktemp("install")
    tree = folder / "tree"
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.split(b"\0")
    for name in filter(None, (f.decode() for f in files)):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)
    venv.create(folder / "env", with_pip=True)
    bin_ = folder / "env" / "bin"
    pip = [bin_ / "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--wheel-dir", folder / "wheels", tree],
        check=True,
        timeout=300,
    )
    shutil.rmtree(tree)
    (wheel,) = (folder / "wheels").iterdir()
    assert wheel.name.startswith(f"{PROJECT['name'].replace('-', '_')}-")
    # what is never imported need not be compiled
    whole = f"{wheel}[server]"
    subprocess.run([*pip, "install", "--no-compile", whole], check=True, timeout=300)
    wheel.unlink()
    return bin_


DISTRIBUTION = f"from importlib.metadata import distribution; d = distribution({PROJECT['name']!r})"
EXTRAS = f"{DISTRIBUTION}; print(*d.metadata.get_all('Provides-Extra'))"
METADATA = f"{DISTRIBUTION}; print(d.read_text('METADATA'))"
LICENSE = f"{DISTRIBUTION}; print(d.read_text('licenses/LICENSE'), end='')"


def run(installed: Path, folder: Path, code: str) -> str:
    """What Python code prints in the environment."""
    return subprocess.run(
        [installed / "python", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env=clean_environment(),
    ).stdout


def clean_environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}


@pytest.mark.slow
def test_the_command_helps(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [installed / "service_manager", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=clean_environment(),
    )
    assert "--config-file" in done.stdout
    assert "--embedded" in done.stdout


@pytest.mark.slow
def test_a_template_is_rendered(installed: Path, tmp_path: Path) -> None:
    template_and_scripts = run(installed, tmp_path, RENDER)
    assert "OS::Nova::Server" in template_and_scripts
    assert (
        template_and_scripts.count("python3 -I -c") == 2
    )  # a script that unpacks itself for each role
    assert "dask:ready" in template_and_scripts


@pytest.fixture
def server(installed: Path, tmp_path: Path) -> Iterator[str]:
    """The service with the configuration that is shipped, on another port."""
    script = "from disco.data_files import etc_dir; print((etc_dir() / 'sm.cfg').read_text())"
    shipped = run(installed, tmp_path, script)
    port = free_port_pair()
    config = tmp_path / "sm.cfg"
    config.write_text(shipped.replace("port=8888", f"port={port}"))
    process = subprocess.Popen(
        [installed / "service_manager", "-c", config], cwd=tmp_path, env=clean_environment()
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        assert process.wait(timeout=40) == 0


@pytest.mark.slow
def test_the_service_serves_with_the_shipped_configuration(server: str) -> None:
    adapter = requests.adapters.HTTPAdapter(
        max_retries=requests.adapters.Retry(total=240, backoff_factor=0.1, backoff_max=0.5)
    )
    with requests.Session() as session:
        session.mount("http://", adapter)
        session.trust_env = False
        answer = session.get(f"{server}/-/", timeout=10)
        for address in ("/dashboard/", "/dashboard/main.js", "/openapi.json"):
            assert session.get(f"{server}{address}", timeout=10).status_code == 200, address
    assert answer.status_code == 200
    assert "disco/sm" in answer.text or "occi/sm#" in answer.text


@pytest.mark.slow
def test_the_embedded_cloud_is_an_extra(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [installed / "service_manager", "--embedded", "--state", str(tmp_path / "state")],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=clean_environment(),
        timeout=60,
    )
    assert done.returncode == 2
    # what the message recommends is an extra of what is installed here
    extras = run(installed, tmp_path, EXTRAS).split()
    assert "embedded" in extras
    assert f"pip install '{PROJECT['name']}[embedded]'" in done.stderr


@pytest.mark.slow
def test_the_metadata_names_the_project(installed: Path, tmp_path: Path) -> None:
    metadata = email.message_from_string(run(installed, tmp_path, METADATA))
    assert metadata["Name"] == PROJECT["name"]
    assert metadata["Author"] == "The DISCO authors"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["License-File"] == "LICENSE"
    assert run(installed, tmp_path, LICENSE) == (ROOT / "LICENSE").read_text()
