"""Scripts that user data has no room for: what stays in it, and what Heat keeps."""

from __future__ import annotations

import base64
import hashlib
import random
import subprocess
from pathlib import Path

import pytest

from disco.errors import InvalidRequest
from disco.heat.template.script_layout import (
    FETCHED,
    NOVA_LIMIT,
    LaidOut,
    ScriptParts,
    lay_out,
    user_data_size,
)
from disco.heat.template.stack import MAX_TEMPLATE_SIZE
from disco.node_network import MAX_CA_SIZE, NodeNetwork
from disco.spec import RenderedStack, WorkerGroup
from tests.support.specs import (
    HUGE,
    SHIPPED,
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
        "# fetches\ndisco_scripts() { say fetched; cat >/dev/null; }\n",
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
    assert f"\ndisco_scripts {digest} <<'DISCO_SCRIPTS_END'\n@@SCRIPTS@@\n" in laid.user_data
    # the variables of users are for the steps, of which none is left in user data
    assert "export A=1" not in unpacked(laid.user_data)


def test_where_nothing_can_be_fetched_it_is_too_large_and_whole() -> None:
    laid = lay_out(parts(90_000), False)
    assert user_data_size(laid.user_data) > NOVA_LIMIT
    assert laid.scripts == ""


def test_room_is_left_for_both_command_lines_of_heat() -> None:
    laid = lay_out(parts(90_000), True)
    words = {"@@SIGNAL@@": "x" * 1500, "@@SCRIPTS@@": "y" * 1500}
    text = laid.user_data
    for place, word in words.items():
        text = text.replace(place, word)
    assert len(base64.b64encode(text.encode())) <= user_data_size(laid.user_data)


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
        assert f"disco_step {FETCHED} disco_fetch_scripts" in mine
        for script in (mine, rest):
            subprocess.run(["bash", "-n"], input=script, text=True, check=True, timeout=60)
    assert sum(len(t) for t in (big.template, *big.files.values())) < MAX_TEMPLATE_SIZE


def test_each_role_reads_its_own_script_alone(big: RenderedStack) -> None:
    resources = sent_resources(big)
    names = {f"scripts_{name}": f"{name}.scripts" for name in (*ROLES, "worker-gpu")}
    for handle, file in names.items():
        assert resources[handle] == {
            "type": "OS::Heat::WaitConditionHandle",
            "metadata": {"script": {"get_file": file}},
        }
    read = {
        name: resource["properties"]["user_data"]["str_replace"]["params"]["@@SCRIPTS@@"]
        for name, resource in resources.items()
        if resource["type"] == "OS::Nova::Server"
    }
    wanted = {"master": "scripts_master", "worker_13": "scripts_worker-gpu"}
    wanted |= {f"worker_{n}": "scripts_worker" for n in range(1, 13)}
    assert read == {server: {"get_attr": [h, "curl_cli"]} for server, h in wanted.items()}
    assert len(big.resources) == len(resources)


def test_only_the_role_that_does_not_fit_is_divided(tmp_path: Path) -> None:
    catalogue = noisy_framework(tmp_path, 60_000, roles=("master",))
    stack = rendered({"big": ""}, catalogue=catalogue)
    assert set(stack.files) == {"master.sh", "worker.sh", "master.scripts"}
    params = sent_resources(stack)["worker_1"]["properties"]["user_data"]["str_replace"]["params"]
    assert "@@SCRIPTS@@" not in params


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
