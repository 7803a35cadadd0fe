"""A node with one interface on one network, as tests of the node agent's parts use it."""

from __future__ import annotations

from disco.embedded.nodes.image.images import IMAGE_IDS
from disco.embedded.nodes.protocol import IngressRule, NetworkSpec, Nic, NodeSpec

NETWORK = NetworkSpec("net", "10.0.0.0/24", "10.0.0.1", ("9.9.9.9",))
RULES = (IngressRule("tcp", 22, 22), IngressRule("tcp", 8786, 8787, "10.0.0.0/24"))
SPEC = NodeSpec(
    "5f0c7d4e-7c0f-4f5e-9a55-2f1d7a1f6c11",
    "Master_1",
    IMAGE_IDS["debian-12"],
    1,
    512,
    5,
    (Nic("0a1b2c3d-0000-4000-8000-000000000001", "net", "fa:16:3e:00:00:01", "10.0.0.10", RULES),),
    "#!/bin/sh\n",
    "mine",
    "ssh-ed25519 AAAA me",
    {"role": "master"},
    "project",
)
