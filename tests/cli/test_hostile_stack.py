"""Another member of the project makes a stack that is named as a cluster, and says what it likes.

Nothing of it is run on the machine of the user who names the cluster in a command, and the
others of the project are used as before.
"""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from heatclient.exc import HTTPNotFound

from tests.support.cloud import stack_at_rest
from tests.support.hostile import fake_program
from tests.support.shell import Shell

HEAT = "icclab.disco.components.heat"
MADE = "made-by-a-stranger"


def make_stack(heat: Any, address: str, **attributes: str) -> str:
    """A stack that DISCO takes for a cluster; its id."""
    made = str(uuid.uuid4())
    template = {
        "heat_template_version": "2018-08-31",
        "parameters": {"disco_attributes": {"type": "string"}},
        "outputs": {"external_ip": {"value": address}},
    }
    heat.stacks.create(
        stack_name=f"disco_{made}",
        template=template,
        parameters={"disco_attributes": json.dumps(attributes)},
    )
    stack_at_rest(heat, f"disco_{made}", "CREATE")
    return made


@pytest.fixture(
    params=[
        ("127.0.0.1", f"-oProxyCommand=touch {MADE}"),
        ("127.0.0.1", f"m\n  ProxyCommand touch {MADE}"),
        ("evil.example/login?x=", "disco-manager"),
        (f"-oProxyCommand=touch {MADE}", "disco-manager"),
        (f"127.0.0.1\n  ProxyCommand touch {MADE}", "disco-manager"),
    ],
    ids=["name", "name with a line", "host", "option", "address with a line"],
)
def hostile(request: pytest.FixtureRequest, demo_heat: Any) -> Iterator[str]:
    address, name = request.param
    inject = {"icclab.disco.dependencies.inject": "{'jupyter': ''}"}
    made = make_stack(demo_heat, address, **inject, **{f"{HEAT}.mastername": name})
    yield made
    # Heat fails where a stack is deleted again at the moment that it goes
    with contextlib.suppress(HTTPNotFound):
        if not demo_heat.stacks.get(f"disco_{made}").stack_status.startswith("DELETE"):
            demo_heat.stacks.delete(f"disco_{made}")


@pytest.fixture
def ssh(shell: Shell, tmp_path: Path) -> Path:
    """Stands for ssh on the user's PATH; the file that is there once it was called."""
    programs = tmp_path / "programs"
    programs.mkdir()
    shell.env["PATH"] = f"{programs}:{shell.env['PATH']}"
    return fake_program(programs, "ssh")


def test_no_command_starts_anything_and_it_can_be_shown_and_deleted(
    shell: Shell, hostile: str, ssh: Path
) -> None:
    direct = ("--ssh-port", "22", "--user", "u")
    for words in (
        ("ssh", hostile, *direct, "--", "true"),
        ("tunnel", hostile, "--forward", "9000", *direct),
        ("logs", hostile, "--ssh", *direct),
    ):
        done = shell.call(*words)
        assert done.status == 6, (words, done)
        assert "Invalid " in done.err, words
    assert not ssh.exists()
    assert not list(Path(shell.env["HOME"]).rglob(f"*{MADE}*"))
    listed = shell.call("list")
    assert (listed.status, hostile in listed.out) == (0, True)
    shown = shell.call("show", hostile)
    assert shown.status == 0
    assert "Invalid " in shown.out
    assert shell.call("show", hostile, "-o", "json").json["address"] in (None, "127.0.0.1")
    assert all(link.startswith("http://127.0.0.1:") for link in links(shell, hostile) if link)
    assert shell.call("delete", hostile, "--timeout", "60s").status == 0


def links(shell: Shell, cluster: str) -> set[str | None]:
    """Where the service says that a cluster's interfaces are."""
    answer = requests.get(
        f"{shell.env['DISCO']}/disco/{cluster}/interfaces",
        headers={
            "X-User-Name": shell.env["OS_USERNAME"],
            "X-Password": shell.env["OS_PASSWORD"],
            "X-Tenant-Name": shell.env["OS_PROJECT_NAME"],
            "Accept": "application/json",
        },
        timeout=60,
    )
    assert "-oProxyCommand" not in answer.text
    return {interface["url"] for interface in answer.json()["interfaces"]}
