"""What all resources of the API share: the sessions, the use cases and the kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import falcon

from disco.api.http.audit import Initiator, note_initiator
from disco.api.http.rate_limit import Limits, follow
from disco.api.keystone.credentials import read_credentials
from disco.api.kind import occi_action
from disco.api.mixins import is_component, with_mixins
from disco.api.resources.query import unknown_category
from disco.clusters.actions import find_action, offered
from disco.clusters.service import Clusters
from disco.clusters.view import Cluster
from disco.errors import Fault, InvalidRequest
from disco.heat.stack_status import StackStatus
from disco.occi import CategoryRef, Kind, Message, Mixin, Resource
from disco.openstack.readiness import HeatAddress
from disco.openstack.session import Login, Sessions


@dataclass(frozen=True)
class Service:
    """Passed to every resource; immutable."""

    kind: Kind
    sessions: Sessions
    clusters: Clusters
    mixins: tuple[Mixin, ...] = ()
    limits: Limits = field(default_factory=Limits)
    heat: HeatAddress = field(default_factory=HeatAddress)

    def log_in(self, request: falcon.Request, attributes: Mapping[str, str] | None = None) -> Login:
        """The caller's session.

        Raises:
            AuthenticationFailed: and what ``Sessions.open`` raises.
            TooManyRequests: its project sends too many requests, or follows too much.
        """
        credentials = read_credentials(request, attributes)
        # for the middleware: a session that the cloud does not take any more is not kept
        request.context.forget = partial(self.sessions.forget, credentials)
        login = self.sessions.open(credentials)
        note_initiator(request, Initiator.of(login))
        self.heat.note(login)
        self.limits.count_request(login.project_id)
        follow(request, self.limits, login.project_id)
        return login

    def resource(self, cluster: Cluster) -> Resource:
        """A cluster as an OCCI resource, with the actions that fit its state."""
        status = StackStatus(cluster.attributes.get("stack_status", ""))
        terms = offered(cluster.attributes, status)
        fitting = tuple(a for a in self.kind.actions if a.term in terms)
        return Resource(
            kind=self.kind,
            id=cluster.id,
            attributes=dict(cluster.attributes),
            actions=fitting,
        )

    def check_kind(self, message: Message, required: bool) -> None:
        """Refuse categories that are not registered, and a create without a kind.

        Raises:
            InvalidRequest: with the original's sentences.
        """
        if required and not message.categories:
            fault = Fault("Category", "Could not find a valid kind.", self.kind.type_id, "no-kind")
            raise InvalidRequest.of([fault])
        for ref in message.categories:
            if ref.scheme + ref.term != self.kind.type_id:
                raise self._not_ours(ref)

    def check_create(self, message: Message, required: bool = True) -> Message:
        """As ``check_kind``; moves frameworks that are named by their mixins to ``inject``.

        Raises:
            InvalidRequest: with the original's sentences.
        """
        known = {mixin.type_id for mixin in self.mixins}
        for ref in message.categories:
            if is_component(ref.scheme) and ref.type_id not in known:
                raise unknown_category(ref)
        create = with_mixins(message)
        self.check_kind(create, required)
        return create

    def check_action(self, message: Message, term: str) -> str:
        """The action of ``?action=term``; its category must be sent and be the same.

        Raises:
            InvalidRequest: unknown, or the two differ.
        """
        type_id = occi_action(find_action(term)).type_id
        sent = [ref.scheme + ref.term for ref in message.categories]
        if message.action is not None:
            sent.append(message.action)
        if sent != [type_id]:
            named = ", ".join(sent) or "missing"
            raise InvalidRequest.of([Fault("Category", named, type_id, "wrong-action")])
        return term

    def _not_ours(self, ref: CategoryRef) -> InvalidRequest:
        if ref.scheme + ref.term == "http://schemas.ogf.org/occi/core#link":
            return InvalidRequest.of(
                [Fault("Category", "links are not supported", self.kind.type_id, "no-links")]
            )
        return unknown_category(ref)
