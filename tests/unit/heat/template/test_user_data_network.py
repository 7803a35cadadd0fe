"""Proxies, certificates and look-ups in the scripts of nodes."""

import base64
import random
import subprocess

import pytest

from disco.clusters.preview import masked
from disco.components.resolver import resolve_plan
from disco.heat.template.stack import render_stack
from disco.node_network import NodeNetwork
from tests.support.specs import HUGE, SHIPPED, draft, rendered, unpacked

PROXY = "http://me:p%40ss$x'y@proxy.corp:3128"
CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
ALL = NodeNetwork(PROXY, PROXY, ".corp,10.0.0.0/8", CA)


def scripts(outside=ALL, frameworks=("dask",), **more):
    stack = rendered(dict.fromkeys(frameworks, ""), outside=outside, flavor=HUGE, **more)
    return {role: unpacked(text) for role, text in stack.user_data.items()}


@pytest.mark.parametrize("role", ["master", "worker"])
def test_a_node_knows_its_proxies_whatever_is_in_their_password(role):
    text = scripts()[role]
    facts = text[: text.index("DISCO_SIGNAL")]
    done = subprocess.run(
        ["bash", "-c", f'{facts}printf %s "$DISCO_HTTP_PROXY $DISCO_HTTPS_PROXY $DISCO_NO_PROXY"'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{PROXY} {PROXY} .corp,10.0.0.0/8"


@pytest.mark.parametrize("role", ["master", "worker"])
def test_certificates_are_trusted_before_anything_else(role):
    text = scripts()[role]
    assert f"\n{CA}" in text
    steps = text[text.index("step_shell_start() {") :]
    calls = [line for line in steps.splitlines()[2:] if line]
    assert calls[:3] == ["disco_trust", "disco_network_files", "disco_base_setup"]
    # a subshell of a step sees them, and so does the signal
    assert text.index("disco_export_network\n") < text.index("step_shell_start() {")


def test_what_no_cluster_needs_is_in_no_script():
    text = scripts(NodeNetwork())["worker"]
    assert "disco_trust" not in text
    assert "PROXY=" not in text.split("DISCO_SIGNAL=")[0]
    assert "disco_look_up" in text
    assert "disco_look_up()" not in scripts(NodeNetwork(), frameworks=())["worker"]


def test_hosts_are_looked_up_for_what_the_role_installs():
    text = scripts(frameworks=("spark", "dask"))["worker"]
    (call,) = [line for line in text.splitlines() if line.startswith("disco_look_up ")]
    needs = dict(word.rsplit("=", 1) for word in call.split()[1:])
    version = SHIPPED["dask"].versions[0]
    assert needs[f"dask={version}"] == "pip"
    assert any(key.startswith("spark=") for key in needs)


def test_passwords_are_in_no_preview():
    frameworks = {"spark": ""}
    _, spec = draft(frameworks, outside=ALL, flavor=HUGE)
    properties = {n: dict(p) for n, p in spec.properties.items()}
    properties["heat"]["httpproxy"] = PROXY
    properties["spark"]["conf"] = {"spark.jars": "https://u:geheim@jars.corp/a.jar"}
    _, spec = draft(frameworks, outside=ALL, flavor=HUGE, properties=properties)
    plan = resolve_plan(SHIPPED, frameworks, spec.properties)
    shown = "".join(
        unpacked(t) for t in render_stack(SHIPPED, plan, masked(spec)).user_data.values()
    )
    assert "http://me:***@proxy.corp:3128" in shown
    assert "p%40ss" not in shown
    assert "geheim" not in shown


def test_a_large_bundle_leaves_room_for_usual_frameworks():
    junk = base64.b64encode(random.Random(1).randbytes(11_000)).decode()
    big = NodeNetwork(PROXY, PROXY, "", f"-----BEGIN CERTIFICATE-----\n{junk}\n")
    for frameworks in (("dask", "jupyter"), ("hadoop", "spark", "jupyter")):
        assert scripts(big, frameworks)
