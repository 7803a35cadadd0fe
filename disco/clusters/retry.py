"""Retrying a failed create in place: what works stays, failed servers are replaced."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from disco.attributes import (
    GROUPS,
    SKIP_QUOTA,
    SLAVE_COUNT,
)
from disco.clusters.ahead import ActionAhead
from disco.clusters.plan import Planner
from disco.clusters.scale import ScaleRequest
from disco.clusters.worker_set import is_ours
from disco.errors import Conflict, InvalidRequest
from disco.heat.stack_resources import StackResource
from disco.heat.stack_status import UPDATE_FAILED
from disco.heat.stacks import STACK_MARGIN_MINUTES, Stack
from disco.heat.template import replace_servers, resize
from disco.heat.updates import StackUpdate
from disco.openstack.ahead import begin_quotas
from disco.openstack.demand import Demand, boots_from_volumes, count
from disco.openstack.quotas import quota_faults, read_quotas
from disco.openstack.session import Login
from disco.status.failure import read_signal

_NAME = re.compile(r"[a-z][a-z0-9-]*")


class RetryRequest:
    """One request to retry a create or a change of workers."""

    def __init__(
        self,
        login: Login,
        stack: Stack,
        planner: Planner,
        master_answers: Callable[[], bool],
        ahead: ActionAhead,
    ) -> None:
        """``master_answers`` asks whether the master's log server answers; as `ScaleRequest`."""
        self._login = login
        self._stack = stack
        self._planner = planner
        self._master_answers = master_answers
        self._ahead = ahead
        self._update = StackUpdate(login, stack, ahead.reads)

    def run(self) -> None:
        """Hand the stack to Heat again; a failed change of workers is repeated.

        Raises:
            InvalidRequest: the project's quotas do not suffice for the servers that are replaced.
            Conflict: the cluster cannot be retried.
        """
        template = self._update.template()
        resources = self._update.resources()
        if not is_ours(template):
            raise Conflict(
                "This cluster cannot be retried: it was created by an older DISCO.",
                hint="Delete the cluster and create it again.",
                code="not-retriable",
            )
        if self._stack.status == UPDATE_FAILED and _was_complete(template, resources):
            before = self._stack.attributes
            asked = {name: before[name] for name in (SLAVE_COUNT, GROUPS) if before.get(name)}
            known = (self._ahead, self._update)
            ScaleRequest(self._login, self._stack, self._planner, asked, *known).run()
            return
        self._begin_quotas(template, resources)
        replaced = self._replaced(template, resources)
        made = replace_servers.retried(template, replaced)
        self._check_quotas(template, resources, replaced)
        heat = self._planner.validate(self._stack.attributes).heat
        for name in sorted(replaced):
            if name in resources and resources[name].physical_id:
                self._update.make_anew(name)
        minutes = int(str(heat["timeout"])) + STACK_MARGIN_MINUTES
        self._update.send(made, self._stack.attributes, self._stack.tags, minutes)

    def _begin_quotas(
        self, template: resize.Template, resources: Mapping[str, StackResource]
    ) -> None:
        """Ask for quotas while nodes' signals are read, which may add to what is replaced."""
        if self._stack.attributes.get(SKIP_QUOTA) != "true":
            missing = _missing(template, resources)
            begin_quotas(self._ahead.cloud, count(_needed(template, resources, missing), ()))

    def _replaced(
        self, template: resize.Template, resources: Mapping[str, StackResource]
    ) -> set[str]:
        """The servers to replace: those that are missing, and those that failed.

        A master that has signalled, or answers, continues by itself. A silent one is
        replaced, and all workers with it.
        """
        names = replace_servers.servers(template)
        missing = _missing(template, resources)
        if not resize.waits(template):
            return missing
        master = names[resize.MASTER]
        said = self._update.reports(replace_servers.handle_of(template))
        heard = {who for who, _ in said}
        ready = resources.get(resize.READY)
        waited = ready is not None and not ready.status.is_untouched
        silent = waited and master not in heard and not self._master_answers()
        if resize.MASTER in missing or silent:
            return set(names)
        blamed = heard - {master}
        for _, reason in said:
            signal = read_signal(reason)
            blamed |= set(_NAME.findall(signal.node or ""))
        return missing | {n for n, host in names.items() if host in blamed and host != master}

    def _check_quotas(
        self, template: resize.Template, resources: Mapping[str, StackResource], replaced: set[str]
    ) -> None:
        """Check for missing resources, and for servers that exist beside their successors."""
        if self._stack.attributes.get(SKIP_QUOTA) == "true":
            return
        needed = _needed(template, resources, replaced)
        cloud = self._ahead.cloud
        flavors = cloud.flavors()
        total = count(needed, flavors)
        faults = quota_faults(
            Demand(total, {}, len(resize.workers(template)), boots_from_volumes(needed)),
            read_quotas(cloud, total),
            None,
            flavors,
        )
        if faults:
            raise InvalidRequest.of(faults)


def _missing(template: resize.Template, resources: Mapping[str, StackResource]) -> set[str]:
    """The servers that are not there, or failed."""
    return {
        name
        for name in replace_servers.servers(template)
        if name not in resources
        or not resources[name].physical_id
        or not resources[name].status.is_complete
    }


def _needed(
    template: resize.Template, resources: Mapping[str, StackResource], replaced: Collection[str]
) -> dict[str, Any]:
    """What Heat has to make of a template: what is missing, and servers beside their successors."""
    there = {name for name, resource in resources.items() if resource.physical_id}
    return {
        name: resource
        for name, resource in template["resources"].items()
        if name not in there or name in replaced
    }


def _was_complete(template: resize.Template, resources: Mapping[str, StackResource]) -> bool:
    """Whether the cluster has worked once, so that only a change of it can have failed."""
    if resize.waits(template):
        ready = resources.get(resize.READY)
        return ready is not None and ready.status.is_complete
    return resize.serial(template) > 0
