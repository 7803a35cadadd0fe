"""The anchor of drafts: a stack's template as one Jinja call, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment

from disco.components.install_plan import InstallPlan
from disco.heat.template.stack import MAX_WAIT, WAIT_MARGIN, _rules
from disco.heat.template.template_text import quoted
from disco.spec import ClusterSpec

_TEMPLATE = Path(__file__).parent / "stack.yaml.j2"


def renderer(plan: InstallPlan, spec: ClusterSpec) -> Callable[[], str]:
    """What renders the template of this cluster, compiled already."""
    environment = Environment(  # nosec B701  # YAML
        autoescape=False, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["yaml"] = quoted
    template = environment.from_string(_TEMPLATE.read_text())
    network = spec.network
    context = {
        "id": spec.id,
        "stack_name": spec.stack_name,
        "description": f"DISCO cluster {spec.id}",
        "master": spec.master,
        "workers": spec.workers,
        "network": network,
        "network_reference": network.id or {"get_resource": "network"},
        "subnet_reference": network.subnet or {"get_resource": "subnet"},
        "floating": spec.floating,
        "config_drive": spec.config_drive,
        "ends": spec.ends,
        "rules": list(_rules(plan, spec)),
        "key_name": spec.ssh_key_name,
        "key_pair": spec.ssh_public_key,
        "key_reference": {"get_resource": "key_pair"} if spec.ssh_public_key else spec.ssh_key_name,
        "wait": spec.wait,
        "signal": {"get_attr": ["signal", "curl_cli"]} if spec.wait else "",
        "wait_timeout": min(spec.timeout_s + WAIT_MARGIN, MAX_WAIT),
        "worker_table": list(spec.worker_table()),
        "groups": spec.groups,
    }
    return lambda: template.render(context)
