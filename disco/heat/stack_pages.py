"""The project's clusters page by page, for projects that have thousands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from disco.errors import NotFound
from disco.heat.reads import SERVICE
from disco.heat.stacks import Stack, Stacks, read_stack
from disco.openstack.answers import read_entries
from disco.openstack.errors import cloud_errors
from disco.openstack.retrying_session import NotUnderstood
from disco.spec import STACK_NAME, stack_name

#: stacks in one answer of Heat's, the project's own among them; no more than are asked for
_FEWEST, _MOST = 20, 500


def stacks_after(stacks: Stacks, cluster_id: str | None, wanted: int) -> Iterator[Stack]:
    """The project's clusters that come after one in a list, the newest first.

    Heat is asked for the next page when the ones before were looked at.

    Args:
        stacks: of the project.
        cluster_id: the one that the page before ended with; None to begin.
        wanted: about how many will be looked at.

    Raises:
        NotFound: the project has no such cluster any more.
        CloudError: and its relatives, when Heat fails.
    """
    marker = None if cluster_id is None else _stack_id(stacks, cluster_id)
    size = min(max(wanted, _FEWEST), _MOST)
    known = {marker}
    while True:
        found = _page(stacks, limit=size, marker=marker, sort_keys="creation_time", sort_dir="desc")
        for raw in found:
            if STACK_NAME.match(raw["stack_name"]):
                stack = read_stack(raw)
                if not stack.deleted:
                    yield stack
        # a proxy may have Heat answer with fewer than were asked for
        if len(found) < _FEWEST:
            return
        marker = str(found[-1]["id"])
        if marker in known:
            with cloud_errors(SERVICE):
                raise NotUnderstood("stacks is a list whose pages lead back to one another")
        known.add(marker)


def _stack_id(stacks: Stacks, cluster_id: str) -> str:
    name = stack_name(cluster_id)
    for raw in _page(stacks, name=name):
        if raw["stack_name"] == name and not read_stack(raw).deleted:
            return str(raw["id"])
    raise NotFound(f"The Stack ({name}) could not be found.")


def _page(stacks: Stacks, **query: object) -> list[dict[str, Any]]:
    asked = urlencode({name: value for name, value in query.items() if value is not None})
    with cloud_errors(SERVICE):
        return read_entries(stacks.read(f"/stacks?{asked}").json(), "stacks")
