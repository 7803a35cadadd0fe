"""Whether a create repeats the one that a cluster came from."""

from __future__ import annotations

from collections.abc import Mapping

from disco.attributes import GENERATED, NOTES
from disco.derived_secrets import generated_names
from disco.errors import Conflict, NotFound
from disco.heat.stack_status import CREATE, UPDATE
from disco.heat.stacks import Stacks
from disco.spec import ClusterSpec


def check_free(stacks: Stacks, spec: ClusterSpec) -> None:
    """Refuse the name of a stack that is there, as Heat does.

    Raises:
        Conflict: the project has a stack of this name.
    """
    try:
        stacks.get(spec.stack_name)
    except NotFound:
        return
    raise Conflict("The stack exists already.")


def is_repetition(stacks: Stacks, spec: ClusterSpec) -> bool:
    """Whether the stack that is there came from this very request."""
    try:
        there = stacks.get(spec.stack_name)
    except NotFound:
        return False
    # one that was retried is what was asked for, too; one of another size is not
    same = _as_asked(there.attributes) == _as_asked(spec.attributes)
    return there.status.action in (CREATE, UPDATE) and same


def _as_asked(attributes: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What a request asked for: without notes, but with which passwords were left to DISCO.

    The key that they were derived with does not matter; it may have been rotated since.
    """
    sent = {name: text for name, text in attributes.items() if name not in NOTES}
    return sent, generated_names(attributes.get(GENERATED, ""))
