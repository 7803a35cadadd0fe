"""The use cases: create, list, show, suspend, resume and delete a cluster.

Everything the API, the command line and the tests call. There is no state here:
a cluster is its stack, and a process that is killed between two lines of this
module leaves nothing behind but what Heat already owns.
"""

from __future__ import annotations

import builtins
import logging
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any

from disco.attributes import CORE_ID, PHASE, SCALING_NOTES
from disco.clusters.expiration import extend, with_end
from disco.clusters.nodes import Node, list_nodes
from disco.clusters.plan import ClusterPlan, Planner
from disco.clusters.preview import describe
from disco.clusters.retry import Retrying
from disco.clusters.scale import STACK_MARGIN_MINUTES, Scaling
from disco.clusters.view import Cluster, Showing
from disco.components.loader import Catalogue
from disco.components.worker_groups import read_workers
from disco.config import Settings
from disco.errors import Conflict, DiscoError, Fault, InvalidRequest, NotFound
from disco.heat.stacks import Stack, Stacks
from disco.openstack.delete_credential import End, Endings, undone_on_failure
from disco.openstack.quotas import CODE as QUOTA_EXCEEDED
from disco.openstack.session import Login
from disco.spec import ClusterSpec, stack_name
from disco.status import health_check
from disco.status.diagnostics import collect
from disco.status.events import Events, master_answers
from disco.status.node_logs import NodeLogs
from disco.status.phase import at_rest
from disco.status.stack_history import Event

LOG = logging.getLogger(__name__)

#: faults that the first of two equal creates can be the reason of
_TAKEN = (QUOTA_EXCEEDED, "network-too-small")


@dataclass(frozen=True)
class News:
    """What is new of a cluster.

    Attributes:
        events: the oldest first.
        marker: where reading goes on after them.
        status: Heat's state of the stack.
        at_rest: nothing more will happen by itself.
    """

    events: tuple[Event, ...]
    marker: str
    status: str
    at_rest: bool


class Clusters:
    """The clusters of whoever asks; shared by all requests, and stateless."""

    def __init__(self, settings: Settings, components: Catalogue, location: str) -> None:
        self._settings = settings
        self._components = components
        self._location = location
        self._planner = Planner(settings, components)
        self._nodes = NodeLogs()
        self._showing = Showing(settings, self._nodes, location)

    @property
    def components(self) -> Catalogue:
        """The components that requests can name."""
        return self._components

    def create(
        self, login: Login, attributes: Mapping[str, str], wanted_id: str | None = None
    ) -> Cluster:
        """Check, render and hand the cluster to Heat, which owns it from then on.

        A client that repeats a create with the same id gets the same cluster.

        Raises:
            InvalidRequest: with every fault of the request.
            Conflict: the id is taken by a cluster that was asked for differently.
        """
        cluster_id = self._choose_id(attributes, wanted_id)
        plan = self._plan(login, attributes, cluster_id)
        minutes = plan.spec.timeout_s // 60 + STACK_MARGIN_MINUTES
        stacks = Stacks(login)
        endings = None
        if plan.spec.ends:
            plan = with_end(self._settings, login, plan)
            endings = Endings(login)
        try:
            undone_on_failure(
                endings,
                cluster_id,
                lambda: stacks.create(plan.spec.stack_name, plan.rendered, minutes),
            )
        except Conflict as error:
            if not self._is_repetition(stacks, plan.spec):
                raise Conflict(
                    f"There is a cluster {cluster_id}, and it was asked for differently,"
                    " or is being deleted.",
                    hint="Choose another id, or repeat the request exactly.",
                ) from error
            LOG.info("create of %s repeated", cluster_id)
        return Cluster(cluster_id, {})

    def preview(
        self, login: Login, attributes: Mapping[str, str], wanted_id: str | None = None
    ) -> dict[str, Any]:
        """What ``create`` would make of the same request, without making anything.

        Raises:
            InvalidRequest: with every fault of the request.
        """
        cluster_id = self._choose_id(attributes, wanted_id)
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

    def list(self, login: Login) -> list[Cluster]:
        """The project's clusters, as far as one call to Heat tells."""
        return [self._showing.listed(stack) for stack in Stacks(login).list()]

    def show(self, login: Login, cluster_id: str, service_state: str = "retrieve") -> Cluster:
        """One cluster with all its attributes, the private key among them.

        Raises:
            NotFound: the caller's project has no such cluster.
        """
        return self._showing.shown(login, self._stack(login, cluster_id), service_state)

    def nodes(self, login: Login, cluster_id: str) -> builtins.list[Node]:
        """The cluster's nodes, the master first, with one call to Heat.

        Raises:
            NotFound: the caller's project has no such cluster.
        """
        return list_nodes(self._stack(login, cluster_id))

    def follow(
        self, login: Login, cluster_id: str, since: str | None = None, ask_nodes: bool = True
    ) -> Iterator[News]:
        """What happens to the cluster, from ``since`` on: first all there is, then what is new.

        It ends never by itself; whoever reads it decides how long and how often.

        Raises:
            NotFound: the caller's project has no such cluster, or no more.
            InvalidRequest: ``since`` is no marker.
        """
        events = Events(login, self._nodes if ask_nodes else None, since)
        while True:
            stack = self._stack(login, cluster_id)
            # read after the state: at rest, nothing that led to it is missing
            found = events.read(stack)
            yield News(tuple(found), events.marker, stack.status, self._at_rest(login, stack))

    def _at_rest(self, login: Login, stack: Stack) -> bool:
        """Whether nothing more happens, in Heat or in a check after a resume."""
        if stack.status != "RESUME_COMPLETE":
            return at_rest(stack)
        return self._showing.progress(login, stack).get(PHASE) != "checking"

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
            if found := parse_id(cluster_id):
                Endings(login).remove([found])
            raise
        if stack.status != "DELETE_IN_PROGRESS":
            Stacks(login).delete(stack_name(cluster_id))
        if End.read(stack.parameters):
            Endings(login).remove([stack.cluster_id])

    def evidence(self, login: Login, cluster_id: str) -> dict[str, Any]:
        """All that is known of a cluster, without secrets, to be kept when it is deleted.

        Raises:
            NotFound: the caller's project has no such cluster.
        """
        stack = self._stack(login, cluster_id)
        return collect(login, stack, self._nodes, self._showing.without_secrets(login, stack))

    def delete_all(self, login: Login) -> None:
        """Begin to delete every cluster of the project; one that resists does not save others."""
        stacks = Stacks(login)
        trouble: DiscoError | None = None
        found = stacks.list()
        for stack in found:
            if stack.status == "DELETE_IN_PROGRESS":
                continue
            try:
                stacks.delete(stack_name(stack.cluster_id))
            except DiscoError as error:
                trouble = trouble or error
        Endings(login).remove(stack.cluster_id for stack in found)
        if trouble is not None:
            raise trouble

    def extend(self, login: Login, cluster_id: str, attributes: Mapping[str, str]) -> Cluster:
        """Let a cluster live for as long as the attribute ``...heat.ttl`` says, from now on.

        Raises:
            NotFound: the caller's project has no such cluster.
            InvalidRequest: no time, or none that is allowed.
            Conflict: it has no end, or is in no state to be told.
        """
        stack = self._stack(login, cluster_id)
        extend(self._settings, self._components, login, stack, attributes)
        return self._showing.shown(login, self._stack(login, cluster_id), "update")

    def scale(self, login: Login, cluster_id: str, attributes: Mapping[str, str]) -> Cluster:
        """Give a cluster another number of workers; those that stay are not touched.

        Raises:
            NotFound: the caller's project has no such cluster.
            InvalidRequest: with every fault of the request.
            Conflict: not in the cluster's present state.
        """
        Scaling(login, self._stack(login, cluster_id), self._planner, attributes).run()
        return self._showing.shown(login, self._stack(login, cluster_id), "update")

    def retry(self, login: Login, cluster_id: str) -> Cluster:
        """Take up again a create, or a change of workers, that failed.

        Raises:
            NotFound: the caller's project has no such cluster.
            InvalidRequest: there is no room for servers that are made anew.
            Conflict: nothing failed that could be taken up again.
        """
        stack = self._stack(login, cluster_id)
        answers = partial(master_answers, login, self._nodes, stack)
        Retrying(login, stack, self._planner, answers).run()
        return self._showing.shown(login, self._stack(login, cluster_id), "update")

    def act(
        self,
        login: Login,
        cluster_id: str,
        action: str,
        attributes: Mapping[str, str] = MappingProxyType({}),
    ) -> Cluster:
        """Suspend, resume or scale a cluster; one that is so already is left alone.

        Raises:
            NotFound: the caller's project has no such cluster.
            InvalidRequest: an action that clusters do not have.
            Conflict: the cluster is in the middle of something else.
        """
        if action == "scale":
            return self.scale(login, cluster_id, attributes)
        if action == "retry":
            return self.retry(login, cluster_id)
        if action not in ("suspend", "resume"):
            known = "suspend, resume, scale, retry"
            fault = Fault("action", f"{action!r} is no action", known, "unknown-action")
            raise InvalidRequest.of([fault])
        stacks = Stacks(login)
        stack = self._stack(login, cluster_id)
        suspended = stack.status == "SUSPEND_COMPLETE"
        if stack.status.endswith("_IN_PROGRESS") and not stack.status.startswith(action.upper()):
            raise Conflict(
                f"The cluster is busy: {stack.status}.", hint="Repeat the action when it is done."
            )
        if stack.status.endswith("_FAILED") and not stack.status.startswith(("SUSPEND", "RESUME")):
            raise Conflict(
                f"The cluster is {stack.status}; it cannot {action}.",
                hint="stack_status_reason says why; delete it and create it anew.",
            )
        if action == "suspend" and not suspended:
            stacks.suspend(stack)
        elif action == "resume" and (suspended or stack.status.startswith("SUSPEND")):
            health_check.ask(login, stack, read_workers(stack.attributes))
            stacks.resume(stack)
        shown = self._showing.shown(login, self._stack(login, cluster_id), "update")
        state = "suspended" if action == "suspend" else "running"
        return replace(shown, attributes={**shown.attributes, "runstate": state})

    def _choose_id(self, attributes: Mapping[str, str], wanted: str | None) -> str:
        """The client's id for the cluster, so that it can repeat the request, or a new one."""
        if wanted is None and CORE_ID in attributes:
            wanted = attributes[CORE_ID].removeprefix(self._location).removeprefix("urn:uuid:")
        if wanted is None:
            return str(uuid.uuid4())
        found = parse_id(wanted)
        if found is None:
            raise InvalidRequest.of([Fault(CORE_ID, f"{wanted!r} is no UUID", "a UUID")])
        return found

    @staticmethod
    def _is_repetition(stacks: Stacks, spec: ClusterSpec) -> bool:
        """Whether the stack that is there came from this very request."""
        try:
            there = stacks.get(spec.stack_name)
        except NotFound:
            return False
        # one that was retried is what was asked for, too; one of another size is not
        asked = {k: v for k, v in there.attributes.items() if k not in SCALING_NOTES}
        return there.status.startswith(("CREATE", "UPDATE")) and asked == dict(spec.attributes)

    def _stack(self, login: Login, cluster_id: str) -> Stack:
        found = parse_id(cluster_id)
        try:
            if found is None:
                raise NotFound("no UUID")
            return Stacks(login).get(stack_name(found))
        except NotFound as error:
            raise NotFound(
                f"There is no cluster {cluster_id[:64]} in this project.",
                faults=[Fault("uuid", "unknown", "a cluster of this project", "unknown-cluster")],
            ) from error


def parse_id(text: str) -> str | None:
    """A cluster id in its canonical form, or None if ``text`` is no UUID."""
    try:
        found = str(uuid.UUID(text))
    except (ValueError, AttributeError):
        return None
    return found if text.lower() == found else None
