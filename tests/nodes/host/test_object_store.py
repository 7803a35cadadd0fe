"""Nodes reach the object store of their cloud: what one writes, its owner reads."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

pytest.importorskip("swift", reason="needs the extra object-store (swift not installed)")
from swiftclient.utils import generate_temp_url

from tests.embedded.templates import get, network, port, server, text
from tests.frameworks.site import HOST
from tests.support.cloud import heat_of, stack_at_rest, until, wait_for_image
from tests.support.nodes import needs_nodes
from tests.support.object_store import start_object_store, swift_of

pytestmark = needs_nodes

IMAGE = "debian-12"
KEY = "a key of demo's"
#: an address of the object store opens for a node what was signed for it, and nothing else
SCRIPT = """#!/bin/bash
said=$(curl -fsS -m 60 --retry 5 --retry-all-errors "GET")
echo "$said, read by $(hostname)" | curl -fsS -m 60 -T - "PUT"
"""


def test_a_node_reads_and_writes_what_was_signed_for_it(tmp_path: Path) -> None:
    with start_object_store(tmp_path / "state", nodes="auto") as cloud:
        wait_for_image(cloud, IMAGE)
        swift = swift_of(cloud.credentials)
        swift.post_account({"x-account-meta-temp-url-key": KEY})
        swift.put_container("work")
        swift.put_object("work", "question", b"six times seven")
        address = urlsplit(swift.get_auth()[0])
        # as DISCO's node_host does: nodes know this machine by another name
        base = f"http://{HOST}:{address.port}"

        def signed(method: str, name: str) -> str:
            until_then = int(time.time()) + 600
            path = f"{address.path}/work/{name}"
            return base + str(generate_temp_url(path, until_then, KEY, method, absolute=True))

        script = SCRIPT.replace("GET", signed("GET", "question"))
        script = script.replace('"PUT"', f'"{signed("PUT", "answer")}"')
        resources: dict[str, Any] = {
            **network(),
            "port": port("192.168.19.10"),
            "node": server(
                image=IMAGE, name="store-node", user_data=script, networks=[{"port": get("port")}]
            ),
        }
        heat = heat_of(cloud.credentials)
        stack = heat.stacks.create(stack_name="stored", template=text(resources))["stack"]["id"]
        try:
            made = stack_at_rest(heat, stack, "CREATE")
            assert made.stack_status == "CREATE_COMPLETE", made.stack_status_reason
            until(lambda: len(swift.get_container("work")[1]) == 2, 120, "the node's answer")
            assert swift.get_object("work", "answer")[1] == b"six times seven, read by store-node\n"
        finally:
            heat.stacks.delete(stack)
            stack_at_rest(heat, stack, "DELETE")
