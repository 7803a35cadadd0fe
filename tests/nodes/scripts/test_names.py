"""A network without name servers: the node says so before pip finds no such package."""

from __future__ import annotations

import json

import pytest

from disco.status.failure import hint_for
from tests.nodes.scripts.conftest import Node

NEEDS = "spark=4.1.0=dlcdn.apache.org dask=2026.8.0=pip"
#: looks up what the test says, and writes down what was asked
GETENT = 'echo "$2" >>{root}/asked; case $2 in {known}) exit 0 ;; esac; exit 2'
NO_INDEX = {"PIP_FIND_LINKS": "", "PIP_NO_INDEX": ""}


def look_up(node: Node, known: str = "nothing", **facts: str) -> tuple[int, str, list[str]]:
    """Status, last line, and the hosts that were looked up."""
    node.stand_in("getent", GETENT.format(root=node.root, known=known))
    asked = node.root / "asked"
    asked.unlink(missing_ok=True)
    done = node.run(f"disco_look_up {NEEDS}", **{**NO_INDEX, **facts})
    lines = done.stdout.splitlines()
    seen = asked.read_text().split() if asked.exists() else []
    return done.returncode, lines[-1] if lines else "", seen


def resolver(node: Node, text: str) -> None:
    (node.root / "etc").mkdir(exist_ok=True)
    (node.root / "etc/resolv.conf").write_text(text)


def test_a_network_without_name_servers_is_named_with_the_attribute(node: Node) -> None:
    resolver(node, "# nothing\n")
    code, said, _ = look_up(node)
    assert (code, said) == (1, "cannot look up pypi.org: there are no name servers")
    assert "heat.dnsnameservers" in hint_for(f"exit 1: {said}")
    script = f"f() {{ disco_look_up {NEEDS}; }}\ndisco_step shell:start f"
    node.run(script, **NO_INDEX)
    assert node.status()["reason"] == f"exit 1: {said}"


def test_name_servers_that_do_not_answer_are_named(node: Node) -> None:
    resolver(node, "nameserver 127.0.0.53\n")
    (node.root / "run/systemd/resolve").mkdir(parents=True)
    (node.root / "run/systemd/resolve/resolv.conf").write_text(
        "nameserver 10.0.0.2\nnameserver 10.0.0.3\n"
    )
    code, said, _ = look_up(node)
    assert code == 1
    assert said == "cannot look up pypi.org with the name servers 10.0.0.2, 10.0.0.3"
    assert "heat.dnsnameservers" in hint_for(said)


def test_one_name_that_is_found_is_enough(node: Node) -> None:
    assert look_up(node, "pypi.org") == (0, "", ["dlcdn.apache.org", "pypi.org"])
    assert look_up(node, "dlcdn.apache.org") == (0, "", ["dlcdn.apache.org"])


def test_a_name_server_that_comes_late_is_waited_for(node: Node) -> None:
    known = f"pypi.org) (($(wc -l <{node.root}/asked) > 6)) && exit 0 ;; nothing"
    assert look_up(node, known)[0] == 0


@pytest.mark.parametrize(
    ("facts", "host"),
    [
        ({"DISCO_MIRROR": "http://me:pw@mirror.corp:8080/x"}, "mirror.corp"),
        ({"DISCO_MIRROR": "http://[2001:db8::1]:80"}, "2001:db8::1"),
        ({"DISCO_MIRROR": "http://10.0.0.9"}, "10.0.0.9"),
        ({"https_proxy": "http://me:pw@proxy.corp:3128"}, "proxy.corp"),
        ({"http_proxy": "http://10.0.0.9:3128"}, "10.0.0.9"),
    ],
)
def test_what_is_asked_first_is_looked_up_alone(
    node: Node, facts: dict[str, str], host: str
) -> None:
    code, _, asked = look_up(node, host, **facts)
    assert (code, asked) == (0, [host])


def test_a_mirror_by_its_address_needs_no_name_server(node: Node) -> None:
    resolver(node, "")
    script = f"disco_look_up {NEEDS}"
    assert node.run(script, DISCO_MIRROR="http://10.0.0.9/mirror", **NO_INDEX).returncode == 0


def test_an_index_of_the_image_is_looked_up_in_the_place_of_pypi(node: Node) -> None:
    (node.root / "etc").mkdir()
    (node.root / "etc/pip.conf").write_text("[global]\nindex-url = https://index.corp/simple\n")
    assert look_up(node, "index.corp")[2][-1] == "index.corp"


def test_what_the_image_has_is_not_looked_up(node: Node) -> None:
    (node.root / "etc/disco").mkdir(parents=True)
    there = {"schema": 1, "components": {"spark": "4.1.0", "dask": "2026.8.0"}}
    manifest = node.root / "etc/disco/manifest.json"
    manifest.write_text(json.dumps(there))
    assert look_up(node) == (0, "", [])
    there["components"] = {"spark": "4.1.0", "dask": "2025.1.0"}
    manifest.write_text(json.dumps(there))
    assert set(look_up(node)[2]) == {"pypi.org"}
