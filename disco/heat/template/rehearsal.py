"""A draft that nobody asked for, so that the first one is as quick as any other.

What is made once for a process, the compiled templates above all, is then made before the
service's workers are forked, which share it.
"""

from __future__ import annotations

import contextlib
import ipaddress

from disco.components.loader import Catalogue
from disco.components.properties import check_properties
from disco.components.resolver import resolve_plan
from disco.derived_secrets import component_secrets
from disco.errors import ComponentError, InvalidRequest
from disco.heat.template.jinja_environment import Templates
from disco.heat.template.stack import render_stack
from disco.spec import ClusterSpec, Flavor, Network, NodeGroup

_ID = "00000000-0000-4000-8000-000000000000"
#: has room for all frameworks at once
_FLAVOR = Flavor("rehearsal", "rehearsal", 1 << 18, 32, 1000)


def rehearse(catalogue: Catalogue) -> None:
    """Compile all templates, and draft a cluster with every framework that there is.

    What is wrong with a template, or cannot be together, is for those to hear who ask for it.
    """
    Templates(catalogue, _ID).compile()
    wanted = dict.fromkeys(catalogue.frameworks, "")
    checked = check_properties(catalogue, {}, wanted)
    with contextlib.suppress(InvalidRequest, ComponentError):
        plan = resolve_plan(catalogue, wanted, checked.values)
        spec = ClusterSpec(
            _ID,
            NodeGroup("master", "image", _FLAVOR, "manager"),
            NodeGroup("worker", "image", _FLAVOR, "worker", 2),
            Network("disco", "public", ipaddress.IPv4Network("192.168.0.0/24")),
            ssh_key_name="key",
            ssh_public_key=None,
            properties=checked.values,
            secrets=component_secrets(b"rehearsal", "", _ID, checked.secrets, checked.wanted),
        )
        render_stack(catalogue, plan, spec)
