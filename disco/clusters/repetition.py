"""Creating a stack once, although requests are repeated and answers are lost."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from disco.attributes import GENERATED, NOTES
from disco.derived_secrets import generated_names
from disco.errors import (
    CloudError,
    CloudTimeout,
    CloudUnavailable,
    Conflict,
    DiscoError,
    NotFound,
)
from disco.heat.stack_status import CREATE, UPDATE
from disco.heat.stacks import Stacks
from disco.spec import ClusterSpec, RenderedStack

LOG = logging.getLogger(__name__)


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


def create_once(stacks: Stacks, spec: ClusterSpec, rendered: RenderedStack, minutes: int) -> None:
    """Hand a cluster to Heat; where the answer is lost, look whether Heat has it.

    Else a client would repeat the request, and have two.

    Raises:
        CloudUnavailable: it is not known whether Heat has it; the hint says how to find out.
        DiscoError: what ``Stacks.create`` raises.
    """
    try:
        stacks.create(spec.stack_name, rendered, minutes)
    except (CloudError, CloudTimeout, CloudUnavailable) as error:
        try:
            if is_repetition(stacks, spec):
                LOG.info("Heat has %s, although it did not say so: %s", spec.id, error.message)
                return
        except DiscoError:
            raise CloudUnavailable(
                error.message,
                hint=f"Heat may have the cluster {spec.id} nevertheless. List your clusters later,"
                f' or repeat the request with occi.core.id="{spec.id}", which makes no second one.',
                retry_after=error.retry_after,
            ) from error
        raise


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
