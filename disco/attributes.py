"""Names of OCCI attributes.

The names and their meaning are the original's; ``occi.mcn.stack.*`` are those
that Hurtle's resolver waits for.
"""

from __future__ import annotations

import re

INJECT = "icclab.disco.dependencies.inject"
CORE_ID = "occi.core.id"
WARNINGS = "disco.warnings"
#: a note of ours in the stack: which secrets were made, and from which key secret
GENERATED = "disco.generated"
#: who creates the cluster: read as a fallback for the headers
DEPLOYER_PREFIXES = ("icclab.disco.deployer.", "icclab.disco.hurtle.")
SLAVE_COUNT = "icclab.disco.components.heat.slavecount"
#: workers that are to leave, with a request for fewer
REMOVE = "icclab.disco.components.heat.remove"
#: notes of ours in the stack of a cluster that was scaled: its workers' numbers, and how
#: many it was created with
WORKERS = "disco.workers"
CREATED_WORKERS = "disco.workers.created"
#: likewise, the numbers by group: "big:2-3,6 gpu:4"; and of those that the last change took away
GROUP_WORKERS = "disco.workers.groups"
LEFT_WORKERS = "disco.workers.left"
SCALING_NOTES = (WORKERS, CREATED_WORKERS, GROUP_WORKERS, LEFT_WORKERS)
TAG_ATTRIBUTES = {"disco-workers": SLAVE_COUNT, "disco-frameworks": "disco.frameworks"}

_SECRET = re.compile(r"(password|passwd|secret|token|private_?key)$", re.I)


def is_secret(name: str) -> bool:
    """Whether a value under this name is taken and never kept or shown."""
    return name.startswith(DEPLOYER_PREFIXES) and _SECRET.search(name) is not None
