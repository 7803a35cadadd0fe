"""What a request will ask of one cluster, begun beside the question for its stack.

What was last seen of the stack says what that is, as a list shows it. It is asked of Heat, and of
other services, where it will be asked in any case if the stack is still as it was seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType

from disco.attributes import GROUPS, SKIP_QUOTA, SLAVE_COUNT
from disco.clusters.actions import Outcome, find_action
from disco.clusters.end_tag import tagged_end
from disco.heat.reads import HeatReads
from disco.heat.stack_resources import resources_path
from disco.heat.stack_status import UPDATE_FAILED
from disco.heat.stacks import Stack, is_settled
from disco.heat.updates import change_paths, files_path
from disco.openstack.ahead import begin_lists, begin_quotas
from disco.openstack.catalog import CloudCatalogue
from disco.openstack.cloud_reader import FLAVORS
from disco.openstack.delete_credential import DeleteCredentials
from disco.openstack.endpoints import COMPUTE
from disco.openstack.session import Login
from disco.status import health_check
from disco.status.stack_history import StackHistory, newest_path
from disco.untrusted import Malformed, read_int

#: tag that says how many plain workers a cluster has
_WORKERS = "disco-workers="
#: of new workers, whatever else they have
_OF_WORKERS = frozenset(("instances", "port"))


class ShowAhead:
    """The progress of one cluster."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._reads = HeatReads(login)
        self._seen: Stack | None = None

    def begin(self, seen: Stack) -> None:
        """Ask Heat what `disco.status.phase` asks of a stack in this state."""
        self._seen = seen
        end = tagged_end(seen.tags)
        if seen.status.is_running and end and (not end.at or time.time() >= end.at):
            return  # its master is asked for first
        if not seen.status.is_complete:
            self._reads.begin(resources_path(seen))
        if not seen.status.is_in_progress:
            self._reads.begin(newest_path(seen))

    def history(self, stack: Stack) -> StackHistory:
        """Of the stack as it is now."""
        if not is_settled(self._seen, stack):
            self._reads.clear()
        return StackHistory(self._login, stack, self._reads)


class ActionAhead:
    """The questions of one action.

    Attributes:
        reads: of Heat.
        cloud: of the other services.
        credentials: by which the cluster ends itself.
    """

    def __init__(
        self, login: Login, term: str = "", asked: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """``asked`` are the attributes of the request; without ``term`` nothing is begun."""
        self.reads = HeatReads(login)
        self.cloud = CloudCatalogue(login)
        self.credentials = DeleteCredentials(login)
        self._term, self._asked = term, asked

    def begin_files(self, seen: Stack) -> None:
        """Ask for the nodes' scripts."""
        self.reads.begin(files_path(seen))

    def begin(self, seen: Stack) -> None:
        """Ask what the action asks if it is allowed in this state."""
        begin = _BEGIN.get(self._term)
        if begin and find_action(self._term).outcome(seen.status) is Outcome.DO:
            begin(self, seen, self._asked)


def skips_quotas(asked: Mapping[str, str]) -> bool:
    """Whether the attributes of a request say that quotas are not looked at."""
    return asked.get(SKIP_QUOTA, "").lower() in ("true", "yes", "1")


def _change(ahead: ActionAhead, seen: Stack) -> None:
    for path in change_paths(seen):
        ahead.reads.begin(path)


def _scale(ahead: ActionAhead, seen: Stack, asked: Mapping[str, str]) -> None:
    _change(ahead, seen)
    if not _grows(seen, asked):
        return
    begin_lists(ahead.cloud, networks=False)
    if not skips_quotas(asked):
        begin_quotas(ahead.cloud, _OF_WORKERS)


def _grows(seen: Stack, asked: Mapping[str, str]) -> bool:
    """Whether more plain workers are asked for than there are, as far as that is known."""
    if GROUPS in asked:
        return False
    with suppress(Malformed):
        have = next(tag for tag in (*seen.tags, _WORKERS) if tag.startswith(_WORKERS))
        wanted = read_int(asked.get(SLAVE_COUNT, ""), 0, 10_000)
        return wanted > read_int(have.removeprefix(_WORKERS), 0, 10_000)
    return False


def _retry(ahead: ActionAhead, seen: Stack, _: Mapping[str, str]) -> None:
    template, resources, files = change_paths(seen)
    for path in (template, resources):
        ahead.reads.begin(path)
    if seen.status == UPDATE_FAILED:
        ahead.reads.begin(files)
    else:
        ahead.cloud.begin(COMPUTE, FLAVORS, "flavors")


def _resume(ahead: ActionAhead, seen: Stack, _: Mapping[str, str]) -> None:
    if health_check.TAG in seen.tags:
        ahead.reads.begin(health_check.master_path(seen))


def _extend(ahead: ActionAhead, seen: Stack, _: Mapping[str, str]) -> None:
    end = tagged_end(seen.tags)
    if end and end.credential:
        ahead.credentials.begin()


_BEGIN: Mapping[str, Callable[[ActionAhead, Stack, Mapping[str, str]], None]] = {
    "scale": _scale,
    "retry": _retry,
    "resume": _resume,
    "check": _resume,
    "extend": _extend,
}
