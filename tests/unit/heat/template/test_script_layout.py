"""Scripts that user data has no room for: what stays in it, and what Heat keeps."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json
import random
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from disco.errors import InvalidRequest
from disco.heat.template.resize import with_workers
from disco.heat.template.script_layout import (
    NOVA_LIMIT,
    LaidOut,
    ScriptParts,
    lay_out,
    user_data_size,
)
from disco.heat.template.stack import MAX_TEMPLATE_SIZE, render_stack
from disco.node_network import MAX_CA_SIZE, NodeNetwork
from disco.spec import Network, RenderedStack, WorkerGroup
from tests.support.specs import (
    HUGE,
    SHIPPED,
    draft,
    fetched,
    noisy_framework,
    rendered,
    sent_resources,
    unpacked,
)

ROLES = ("master", "worker")
REST = ("late1", "joining", "drains", "smoke", "end")
LIBRARY = "say() { echo $1; }\n"


def parts(size: int) -> ScriptParts:
    noise = base64.b64encode(random.Random(size).randbytes(size)).decode()
    return ScriptParts(
        "#!/bin/bash\n# facts\nDISCO_STATE=${DISCO_STATE:-}\n",
        LIBRARY,
        "export A=1\n",
        [
            ("early:installed", "early() { say early; }\n", "early\n"),
            ("shell:start", "start() { say start; }\n", "start\n"),
            ("late:installed", f"late() {{\n# {noise}\nsay late$A\n}}\n", "late\n"),
        ],
        ["smoke() { say smoke; }\n"],
        "say joining\n",
        "say drains\n",
        "smoke\nsay end\n",
        "# fetches\ndisco_scripts() { say fetched; }\n",
    )


def output(laid: LaidOut, folder: Path) -> list[str]:
    """What a node says that runs it; the second part is where the first one has fetched it."""
    script = fetched_text(laid)
    (folder / "scripts").write_text(script)
    done = subprocess.run(
        ["bash"], input=laid.user_data, env={"PATH": "/usr/bin:/bin", "DISCO_STATE": str(folder)},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout.splitlines()


def fetched_text(laid: LaidOut) -> str:
    stack = RenderedStack("", {"x.scripts": laid.scripts}, {}, {}, ())
    return fetched(stack, "x")


def test_what_fits_is_in_user_data_as_it_is_or_packed(tmp_path: Path) -> None:
    said = ["early", "start", *REST]
    for size in (100, 33_000):
        for divides in (True, False):
            laid = lay_out(parts(size), divides)
            assert user_data_size(laid.user_data) <= NOVA_LIMIT
            assert laid.scripts == ""
            assert laid == lay_out(parts(size), not divides)
            assert "disco_scripts" not in laid.user_data
            assert output(laid, tmp_path) == said


def test_what_does_not_fit_is_divided_and_does_the_same(tmp_path: Path) -> None:
    laid = lay_out(parts(90_000), True)
    assert user_data_size(laid.user_data) < 6_500
    said = ["start", "fetched", "early", *REST]
    assert output(laid, tmp_path) == said
    digest = hashlib.sha512(fetched_text(laid).encode()).hexdigest()
    assert f"\ndisco_scripts {digest}\n" in laid.user_data
    assert laid.address == digest[:32]  # Heat's column has room for 36 characters
    # the variables of users are for the steps, of which none is left in user data
    assert "export A=1" not in unpacked(laid.user_data)


def test_where_nothing_can_be_fetched_it_is_too_large_and_whole() -> None:
    laid = lay_out(parts(90_000), False)
    assert user_data_size(laid.user_data) > NOVA_LIMIT
    assert laid.scripts == ""


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> RenderedStack:
    """A cluster with a framework of which 60 kB remain however it is packed."""
    catalogue = noisy_framework(tmp_path_factory.mktemp("big"), 60_000)
    group = WorkerGroup("gpu", "gpu", "image-w", HUGE, 1)
    return rendered({"big": ""}, workers=12, catalogue=catalogue, groups=(group,))


def test_a_large_framework_is_in_heat_and_its_node_base_in_user_data(big: RenderedStack) -> None:
    assert set(big.files) == {
        f"{name}.{end}" for name in (*ROLES, "worker-gpu") for end in ("sh", "scripts")
    }
    for name, text in big.user_data.items():
        assert user_data_size(text) < 36_000
        mine, rest = unpacked(text), fetched(big, name)
        assert "disco_signal() {" in mine and "step_shell_start() {" in mine
        assert "step_big_configured" not in mine and "step_big_configured() {" in rest
        assert "step_shell_start" not in rest
        assert rest.rstrip().endswith("exit 0")
        assert mine.index("disco_step shell:start") < mine.index("disco_scripts ")
        assert "disco_step scripts:fetched disco_fetch_scripts" in mine
        for script in (mine, rest):
            subprocess.run(["bash", "-n"], input=script, text=True, check=True, timeout=60)
    assert sum(len(t) for t in (big.template, *big.files.values())) < MAX_TEMPLATE_SIZE


def test_each_role_knows_the_address_of_its_own_script_alone(big: RenderedStack) -> None:
    resources = sent_resources(big)
    addresses = {}
    for name in (*ROLES, "worker-gpu"):
        assert resources[f"scripts_config_{name}"] == {
            "type": "OS::Heat::SoftwareConfig",
            "properties": {"config": {"get_file": f"{name}.scripts"}},
        }
        place = resources[f"scripts_{name}"]
        assert (place["type"], place["depends_on"]) == ("OS::Heat::SoftwareDeployment", "signal")
        addresses[name] = place["properties"].pop("server")
        assert place["properties"] == {
            "config": {"get_resource": f"scripts_config_{name}"},
            "signal_transport": "NO_SIGNAL",
        }
    for name, text in big.user_data.items():
        known = {n for n, address in addresses.items() if address in text}
        assert known == {n for n in addresses if addresses[n] == addresses[name]}
    assert addresses["master"] != addresses["worker"]
    assert len(big.resources) == len(resources)


def test_servers_are_made_when_their_scripts_are_there(big: RenderedStack) -> None:
    resources = sent_resources(big)
    wanted = {"master": "scripts_master", "worker_13": "scripts_worker-gpu"}
    wanted |= {f"worker_{n}": "scripts_worker" for n in range(1, 13)}
    for server, scripts in wanted.items():
        assert resources[server]["depends_on"] == ["router_interface", scripts], server


def test_workers_that_come_later_read_what_the_first_ones_did(big: RenderedStack) -> None:
    """With the token of their own signal, so that there is nothing to be made for them."""
    before = json.loads(json.dumps(yaml.safe_load(big.template), default=str))
    groups = {**dict.fromkeys(range(1, 13), ""), 13: "gpu", 14: "", 15: "gpu"}
    made = with_workers(before, groups, {14, 15}, (), 600, 900, groups)["resources"]
    for new, first in (("worker_14", "worker_1"), ("worker_15", "worker_13")):
        assert made[new]["depends_on"] == made[first]["depends_on"]
        told, known = (made[n]["properties"]["user_data"]["str_replace"] for n in (new, first))
        assert told["template"] == known["template"]
        assert told["params"]["@@SIGNAL@@"] == {"get_attr": ["join_signal_1", "curl_cli"]}
    for name in before["resources"]:
        if name.startswith("scripts_"):
            assert made[name] == before["resources"][name]
    assert {n for n in made if n.startswith("scripts_")} == {
        n for n in before["resources"] if n.startswith("scripts_")
    }


def test_on_a_network_of_the_users_servers_wait_for_their_scripts_alone(tmp_path: Path) -> None:
    network = Network("mine", "", ipaddress.IPv4Network("10.0.0.0/24"), id="net-id", subnet="s")
    catalogue = noisy_framework(tmp_path, 60_000)
    plan, spec = draft({"big": ""}, catalogue=catalogue)
    resources = sent_resources(render_stack(catalogue, plan, replace(spec, network=network)))
    assert resources["master"]["depends_on"] == ["scripts_master"]
    assert resources["worker_1"]["depends_on"] == ["scripts_worker"]


def test_only_the_role_that_does_not_fit_is_divided(tmp_path: Path) -> None:
    catalogue = noisy_framework(tmp_path, 60_000, roles=("master",))
    stack = rendered({"big": ""}, catalogue=catalogue)
    assert set(stack.files) == {"master.sh", "worker.sh", "master.scripts"}
    assert sent_resources(stack)["worker_1"]["depends_on"] == "router_interface"


def test_without_the_wait_condition_it_is_refused_with_what_would_help(tmp_path: Path) -> None:
    catalogue = noisy_framework(tmp_path, 60_000)
    with pytest.raises(InvalidRequest) as caught:
        rendered({"big": ""}, catalogue=catalogue, wait=False)
    (fault,) = caught.value.faults
    assert fault.code == "user-data-too-large"
    assert "waitcondition=true" in str(fault.allowed)


def test_what_heat_has_no_room_for_is_refused_as_scripts_and_not_as_workers(
    tmp_path: Path,
) -> None:
    catalogue = noisy_framework(tmp_path, 210_000)
    with pytest.raises(InvalidRequest) as caught:
        rendered({"big": ""}, catalogue=catalogue)
    (fault,) = caught.value.faults
    assert fault.code == "template-too-large"
    assert "of them are scripts" in fault.message
    assert "workers" not in str(fault.allowed)


def test_all_frameworks_with_the_most_certificates_leave_room_for_more() -> None:
    """Certificates are what packs worst; 16 KiB of them are all that ``ca_file`` may have."""
    body = base64.b64encode(random.Random(2).randbytes(MAX_CA_SIZE * 3 // 4 - 100)).decode()
    ca = f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"
    everything = dict.fromkeys(SHIPPED.frameworks, "")
    stack = rendered(everything, flavor=HUGE, outside=NodeNetwork(ca=ca))
    assert "master.scripts" in stack.files
    assert user_data_size(stack.user_data["master"]) < 61_000
    assert ca in unpacked(stack.user_data["master"])  # Heat's certificate may be one of theirs
