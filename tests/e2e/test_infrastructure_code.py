"""The files of docs/terraform-and-ansible.md, each run by its own tool against a real Heat."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from disco.embedded.cloud import EmbeddedCloud
from tests.support.cloud import heat_of
from tests.support.service import Caller, ServiceProcess, running_service
from tests.support.shell import DISCO, ROOT, environment

pytestmark = pytest.mark.slow
PAGE = (ROOT / "docs" / "terraform-and-ansible.md").read_text()
#: the first that is there is used: they read the same files
TERRAFORM = shutil.which("tofu") or shutil.which("terraform")
needs_ansible = pytest.mark.skipif(
    importlib.util.find_spec("ansible") is None, reason="ansible-core is not installed"
)
needs_terraform = pytest.mark.skipif(
    TERRAFORM is None, reason="neither OpenTofu nor Terraform is installed"
)


def block(name: str) -> str:
    """A file of the page, by its name in the first comment."""
    found = re.findall(rf"^```\w+[ \w]*\n(# {re.escape(name)}\b.*?)^```$", PAGE, re.M | re.S)
    assert len(found) == 1, name
    return str(found[0])


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, embedded_cloud: EmbeddedCloud
) -> Iterator[ServiceProcess]:
    folder = tmp_path_factory.mktemp("infrastructure-code")
    with running_service(folder, embedded_cloud.auth_url) as process:
        yield process


@pytest.fixture(scope="module")
def env(
    tmp_path_factory: pytest.TempPathFactory, embedded_cloud: EmbeddedCloud, service: ServiceProcess
) -> dict[str, str]:
    """What an openrc sets, and a command `disco` that is found."""
    home = tmp_path_factory.mktemp("home")
    programs = home / "bin"
    programs.mkdir()
    disco = programs / "disco"
    disco.write_text(f'#!/bin/sh\nexec {" ".join(DISCO)} "$@"\n')
    disco.chmod(0o755)
    found = environment(embedded_cloud.credentials_of("demo"), home)
    return {
        **found,
        "PATH": f"{programs}:{found['PATH']}",
        "DISCO": service.base,
        "DISCO_DELAY": "1",
        "CHECKPOINT_DISABLE": "1",
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
    }


@pytest.fixture
def caller(service: ServiceProcess, env: dict[str, str]) -> Caller:
    names = {
        "X-User-Name": env["OS_USERNAME"],
        "X-Password": env["OS_PASSWORD"],
        "X-Tenant-Name": env["OS_PROJECT_NAME"],
    }
    return Caller(service.base, names)


def run(env: dict[str, str], cwd: Path, *words: str, status: int = 0) -> str:
    done = subprocess.run(
        words, cwd=cwd, env=env, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == status, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout + done.stderr


def clusters(caller: Caller) -> set[str]:
    """The ids of the project's clusters."""
    listed = caller.get("/disco/", Accept="text/uri-list").text
    return set(re.findall(r"/disco/([0-9a-f-]{36})", listed))


@needs_ansible
def test_the_playbook_makes_a_cluster_once_and_deletes_it(
    env: dict[str, str], caller: Caller, tmp_path: Path
) -> None:
    (tmp_path / "cluster.yml").write_text(block("cluster.yml"))
    before = clusters(caller)

    def play(*more: str, status: int = 0) -> str:
        command = (sys.executable, "-m", "ansible", "playbook", "cluster.yml", *more)
        return run({**env, "HOME": str(tmp_path)}, tmp_path, *command, status=status)

    said = play()
    assert "nightly is at 1" in said
    assert "changed=1" in said
    made = clusters(caller) - before
    assert len(made) == 1
    assert "changed=0" in play()
    assert clusters(caller) - before == made
    assert "changed=1" in play("-e", "state=absent")
    assert clusters(caller) == before
    assert "changed=0" in play("-e", "state=absent")
    assert env["OS_PASSWORD"] not in said


@needs_ansible
def test_a_playbook_that_is_refused_says_all_faults(
    env: dict[str, str], caller: Caller, tmp_path: Path
) -> None:
    text = block("cluster.yml").replace("m1.medium", "no-such").replace("nightly", "refused")
    (tmp_path / "cluster.yml").write_text(text.replace('"2"', "none"))
    command = (sys.executable, "-m", "ansible", "playbook", "cluster.yml")
    said = run({**env, "HOME": str(tmp_path)}, tmp_path, *command, status=2)
    assert "there is no flavor 'no-such'" in said
    assert "'none' is not a whole number" in said


@needs_terraform
def test_terraform_makes_a_cluster_once_and_deletes_it(
    env: dict[str, str], caller: Caller, tmp_path: Path
) -> None:
    for name in ("cluster.yaml", "main.tf"):
        (tmp_path / name).write_text(block(name))
    terraform(env, tmp_path, "fmt", "-check")
    terraform(env, tmp_path, "init")
    before = clusters(caller)
    assert "Apply complete! Resources: 1 added" in terraform(env, tmp_path, "apply")
    made = clusters(caller) - before
    assert made == {json.loads(terraform(env, tmp_path, "output", "-json"))["id"]["value"]}
    assert caller.show(f"/disco/{next(iter(made))}")["stack_status"] == "CREATE_COMPLETE"
    assert "0 added, 0 changed, 0 destroyed" in terraform(env, tmp_path, "apply")
    assert clusters(caller) - before == made
    assert "1 destroyed" in terraform(env, tmp_path, "destroy")
    assert clusters(caller) == before


def terraform(env: dict[str, str], folder: Path, verb: str, *more: str) -> str:
    """The command, without colours and questions."""
    assert TERRAFORM
    options = {
        "apply": ("-auto-approve",),
        "destroy": ("-auto-approve",),
        "init": ("-input=false",),
    }
    colours = () if verb == "fmt" else ("-no-color",)
    return run(env, folder, TERRAFORM, verb, *colours, *options.get(verb, ()), *more)


@needs_terraform
def test_heat_takes_the_template_that_a_preview_gives(
    env: dict[str, str], caller: Caller, tmp_path: Path, embedded_cloud: EmbeddedCloud
) -> None:
    text = block("cluster.yaml").replace("nightly", "by-heat")
    (tmp_path / "cluster.yaml").write_text(text)
    command = "disco preview --file cluster.yaml --format json > preview.json"
    assert command in PAGE
    run(env, tmp_path, "sh", "-c", command)
    preview = (tmp_path / "preview.json").read_text()
    cluster = json.loads(preview)["id"]
    assert str(uuid.UUID(cluster)) == cluster
    (tmp_path / "template.tf").write_text(block("template.tf"))
    (tmp_path / "shown.tf").write_text('output "template" {\n  value = local.template\n}\n')
    terraform(env, tmp_path, "fmt", "-check")
    terraform(env, tmp_path, "init")
    terraform(env, tmp_path, "apply")
    template = terraform(env, tmp_path, "output", "-raw", "template")
    assert "get_file" not in template
    stacks = heat_of(embedded_cloud.credentials_of("demo")).stacks
    stacks.create(stack_name=f"disco_{cluster}", tags="disco", template=template)
    path = f"/disco/{cluster}"
    try:
        shown = caller.wait_for(path, "CREATE_COMPLETE")
        assert shown["external_ip"]
        assert cluster in clusters(caller)
        nodes = caller.get(f"{path}/nodes").json()["nodes"]
        assert nodes[0]["name"] == "disco-manager"
    finally:
        caller.request("DELETE", path)
        caller.wait_until_gone(path)


@needs_terraform
def test_the_stack_of_openstack_s_provider_is_valid(env: dict[str, str], tmp_path: Path) -> None:
    """Where the provider can be had; its form is checked in every case."""
    for name in ("stack.tf", "template.tf"):
        (tmp_path / name).write_text(block(name))
    (tmp_path / "preview.json").write_text('{"id": "x", "template": "", "user_data": {}}')
    terraform(env, tmp_path, "fmt", "-check")
    assert TERRAFORM
    init = [TERRAFORM, "init", "-input=false", "-no-color"]
    done = subprocess.run(init, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    if done.returncode:
        pytest.skip("OpenStack's provider for Terraform cannot be downloaded here")
    terraform(env, tmp_path, "validate")


def test_every_file_of_the_page_is_tested() -> None:
    named = set(re.findall(r"^```(?:yaml|hcl)[ \w]*\n# ([\w.]+)", PAGE, re.M))
    assert named == {"cluster.yml", "cluster.yaml", "main.tf", "template.tf", "stack.tf"}
    assert len(re.findall(r"^```(?:yaml|hcl)", PAGE, re.M)) == len(named)
