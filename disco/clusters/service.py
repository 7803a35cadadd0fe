"""The use cases: create, show and delete a cluster, and the dispatch of its actions.

There is no state here: a cluster is its stack, and a process that is killed between two lines
of this module leaves nothing behind but what Heat already owns.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

from disco.attributes import PHASE
from disco.clusters import keystone_credentials
from disco.clusters.actions import RESUME_CLUSTER, SUSPEND_CLUSTER, find_action
from disco.clusters.added_packages import add_packages
from disco.clusters.ahead import ActionAhead, ShowAhead
from disco.clusters.cluster_id import choose_id, parse_id
from disco.clusters.cluster_lists import ClusterLists
from disco.clusters.dispatch import action_table
from disco.clusters.job_list import JobList
from disco.clusters.monitoring import Monitoring
from disco.clusters.nodes import Node, list_nodes
from disco.clusters.outcomes import Outcomes
from disco.clusters.plan import ClusterPlan, Planner
from disco.clusters.preview import describe
from disco.clusters.repetition import check_free, create_once, is_repetition
from disco.clusters.view import Cluster, ClusterView
from disco.components.loader import Catalogue
from disco.config import Settings
from disco.errors import (
    CloudTimeout,
    CloudUnavailable,
    Conflict,
    DiscoError,
    Fault,
    InvalidRequest,
    NotFound,
)
from disco.heat.stack_status import DELETE_IN_PROGRESS, RESUME_COMPLETE
from disco.heat.stacks import STACK_MARGIN_MINUTES, Stack, Stacks
from disco.openstack.quotas import CODE as QUOTA_EXCEEDED
from disco.openstack.session import Login
from disco.spec import stack_name
from disco.status.diagnostics import collect
from disco.status.events import EventPage, Events
from disco.status.node_logs import NodeLogs
from disco.status.phase import at_rest

LOG = logging.getLogger(__name__)

#: faults that the first of two equal creates can be the reason of
_TAKEN = (QUOTA_EXCEEDED, "network-too-small")
#: the original's clients read this in the answer, before Heat's status has changed
_RUNSTATES = {SUSPEND_CLUSTER.term: "suspended", RESUME_CLUSTER.term: "running"}
#: errors after which the same service is not asked for other clusters
_AWAY = (CloudTimeout, CloudUnavailable)


class Clusters:
    """The clusters of the caller; shared by all requests, and stateless."""

    def __init__(self, settings: Settings, components: Catalogue, location: str) -> None:
        self._settings = settings
        self._components = components
        self._location = location
        self._planner = Planner(settings, components)
        self._nodes = NodeLogs()
        self._outcomes = Outcomes(components)
        self._view = ClusterView(settings, components, self._nodes, location, self._outcomes)
        self.monitoring = Monitoring(self._stack, self._nodes)
        self.jobs = JobList(self._stack, self.monitoring.read, settings.key_secrets)
        self.lists = ClusterLists(self._view, self.monitoring, keep=bool(settings.session_cache))
        self._run = action_table(settings, components, self._planner, self._nodes)

    @property
    def components(self) -> Catalogue:
        """The components that requests can name."""
        return self._components

    def usual_seconds(self) -> dict[str, int]:
        """How long a create usually takes, by framework."""
        return self._outcomes.usual_seconds()

    def create(
        self, login: Login, attributes: Mapping[str, str], wanted_id: str | None = None
    ) -> Cluster:
        """Check, render and hand the cluster to Heat, which owns it from then on.

        A client that repeats a create with the same id gets the same cluster.

        Raises:
            InvalidRequest: with every fault of the request.
            Conflict: the id is taken by a cluster that was requested differently.
        """
        cluster_id = choose_id(attributes, wanted_id, self._location)
        plan = self._plan(login, attributes, cluster_id)
        minutes = plan.spec.timeout_s // 60 + STACK_MARGIN_MINUTES
        stacks = Stacks(login)
        made = keystone_credentials.NOTHING
        try:
            if keystone_credentials.needs_credentials(plan.spec):
                # a cluster that is there has its own, which are not to be touched
                check_free(stacks, plan.spec)
                plan, made = keystone_credentials.make_credentials(self._settings, login, plan)
            create_once(stacks, plan.spec, plan.rendered, minutes)
        except DiscoError as error:
            keystone_credentials.undo_credentials(login, cluster_id, made, error)
            if not isinstance(error, Conflict):
                raise
            if not is_repetition(stacks, plan.spec):
                raise Conflict(
                    f"The cluster {cluster_id} exists already; it was requested with other"
                    " attributes, or is being deleted.",
                    hint="Choose another id, or repeat the request exactly.",
                ) from error
            LOG.info("create of %s repeated", cluster_id)
        else:
            self._outcomes.created(cluster_id, plan.install.frameworks)
        return Cluster(cluster_id, {})

    def preview(
        self, login: Login, attributes: Mapping[str, str], wanted_id: str | None = None
    ) -> dict[str, Any]:
        """What ``create`` would make of the same request; nothing is created.

        Raises:
            InvalidRequest: with every fault of the request.
        """
        cluster_id = choose_id(attributes, wanted_id, self._location)
        return describe(self._plan(login, attributes, cluster_id), self._components)

    def _plan(self, login: Login, attributes: Mapping[str, str], cluster_id: str) -> ClusterPlan:
        """The plan; a repeated create is not refused for what the first one took of the quotas."""
        try:
            return self._planner.plan(login, attributes, cluster_id)
        except InvalidRequest as error:
            if any(fault.code not in _TAKEN for fault in error.faults):
                raise
            try:
                Stacks(login).get(stack_name(cluster_id))
            except NotFound:
                raise error from None
            return self._planner.plan(login, attributes, cluster_id, check_quotas=False)

    def _stacks(self, login: Login) -> list[Stack]:
        return Stacks(login).list()

    def show(self, login: Login, cluster_id: str, service_state: str = "retrieve") -> Cluster:
        """One cluster with all its attributes, including the private key.

        Raises:
            NotFound: the caller's project has no such cluster.
        """
        ahead = ShowAhead(login)
        stack = self._stack(login, cluster_id, ahead.begin)
        return self._view.shown(login, stack, service_state, ahead.history(stack))

    def nodes(self, login: Login, cluster_id: str) -> list[Node]:
        """The cluster's nodes, the master first, with one call to Heat.

        Raises:
            NotFound: the caller's project has no such cluster.
        """
        return list_nodes(self._stack(login, cluster_id))

    def follow(
        self, login: Login, cluster_id: str, since: str | None = None, ask_nodes: bool = True
    ) -> Iterator[EventPage]:
        """The cluster's events after ``since``: first a page of all, then a page at each ``next``.

        It never ends by itself; the reader decides how long and how often.

        Raises:
            NotFound: the caller's project has no such cluster, or not any more.
            InvalidRequest: ``since`` is not a marker.
        """
        events = Events(login, self._nodes if ask_nodes else None, since)
        while True:
            stack = self._stack(login, cluster_id, events.begin)
            # after the status: at rest, no event that led to it is missing
            new = tuple(events.read(stack))
            at_rest = not events.is_cut and self._at_rest(login, stack)
            yield EventPage(new, events.marker, stack.status, at_rest)

    def _at_rest(self, login: Login, stack: Stack) -> bool:
        """Whether nothing more happens, in Heat or in a check after a resume."""
        if stack.status != RESUME_COMPLETE:
            return at_rest(stack)
        return self._view.progress(login, stack).get(PHASE) != "checking"

    def delete(self, login: Login, cluster_id: str) -> None:
        """Begin to delete a cluster, whatever it is doing; repeating it does no harm.

        After a delete that failed it goes on with what is left.

        Raises:
            NotFound: the caller's project has no such cluster.
        """
        try:
            stack = self._stack(login, cluster_id)
        except NotFound:
            # its time may have been over, or the service killed before there was a stack
            if known := parse_id(cluster_id):
                keystone_credentials.remove_all_credentials(login, [known], of_this_heat=True)
            raise
        self._outcomes.seen(stack, "")
        remove = keystone_credentials.begin_removal(login, stack)
        if stack.status != DELETE_IN_PROGRESS:
            Stacks(login).delete(stack)
        remove()

    def diagnostics(self, login: Login, cluster_id: str) -> dict[str, Any]:
        """What is known of a cluster, without secrets, for support after it was deleted.

        Raises:
            NotFound: the caller's project has no such cluster.
        """
        stack = self._stack(login, cluster_id)
        told = partial(self._view.without_secrets, login, stack)
        return collect(login, stack, self._nodes, told)

    def delete_all(self, login: Login) -> None:
        """Begin to delete every cluster of the project, and go on after an error.

        Heat is not waited for again where it did not answer in time, or cannot be reached.
        """
        stacks = Stacks(login)
        first: DiscoError | None = None
        deleted = []
        for stack in stacks.list():
            try:
                if stack.status != DELETE_IN_PROGRESS:
                    stacks.delete(stack)
                deleted.append(stack.cluster_id)
            except DiscoError as error:
                first = first or error
                if isinstance(error, _AWAY):
                    break
        keystone_credentials.remove_all_credentials(login, deleted)
        if first is not None:
            raise first

    def act(
        self,
        login: Login,
        cluster_id: str,
        term: str,
        attributes: Mapping[str, str] = MappingProxyType({}),
    ) -> Cluster:
        """Do one of the actions of ``disco.clusters.actions`` with a cluster.

        Raises:
            NotFound: the caller's project has no such cluster.
            InvalidRequest: clusters have no such action, or with every fault of the request.
            Conflict: not in the cluster's present state.
        """
        action = find_action(term)
        ahead = ActionAhead(login, term, attributes)
        stack = self._stack(login, cluster_id, ahead.begin)
        left = None
        if action.check(stack.status):
            left = self._run[term](login, stack, attributes, ahead)
        shown = self.show(login, cluster_id, "update")
        if left is not None:
            left.result()
        if (runstate := _RUNSTATES.get(term)) is None:
            return shown
        return replace(shown, attributes={**shown.attributes, "runstate": runstate})

    def act_on_all(self, login: Login, term: str, attributes: Mapping[str, str]) -> None:
        """Do an action with every cluster of the project that it is allowed for.

        The others are left alone. Like ``delete_all`` it goes on after an error.

        Raises:
            InvalidRequest: clusters have no such action; or of the first one that failed.
            Conflict: it was not allowed for any cluster; with a fault for each.
            DiscoError: of the first one that failed.
        """
        find_action(term)
        errors: list[DiscoError] = []
        refused: list[Fault] = []
        listed = self._stacks(login)
        for stack in listed:
            try:
                self.act(login, stack.cluster_id, term, attributes)
            except NotFound:
                LOG.debug("%s was deleted since it was listed", stack.cluster_id)
            except Conflict as error:
                refused.append(Fault(stack.cluster_id, error.message, code=error.code))
            except DiscoError as error:
                errors.append(error)
                if isinstance(error, _AWAY):
                    break
        if errors:
            raise errors[0]
        if refused and len(refused) == len(listed):
            raise Conflict(
                f"No cluster of this project is in a state for the action {term}.",
                faults=refused,
                code="no-cluster-fits",
            )

    def add_packages(self, login: Login, cluster_id: str, wanted: Mapping[str, str]) -> Cluster:
        """Have workers that join get packages; raises as ``act``."""
        ahead = ActionAhead(login)
        stack = self._stack(login, cluster_id, ahead.begin_files)
        add_packages(login, stack, wanted, ahead.reads)
        return self.show(login, cluster_id, "update")

    def _stack(
        self, login: Login, cluster_id: str, beside: Callable[[Stack], object] = bool
    ) -> Stack:
        known = parse_id(cluster_id)
        try:
            if known is None:
                raise NotFound("not a UUID")
            return Stacks(login).get(stack_name(known), beside)
        except NotFound as error:
            raise NotFound(
                f"There is no cluster {cluster_id[:64]} in this project.",
                faults=[Fault("uuid", "unknown", "a cluster of this project", "unknown-cluster")],
            ) from error
