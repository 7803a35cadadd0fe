"""The use cases: create, list, show, suspend, resume and delete a cluster.

Everything the API, the command line and the tests call. There is no state here:
a cluster is its stack, and a process that is killed between two lines of this
module leaves nothing behind but what Heat already owns.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace

from disco.attributes import (
    CORE_ID,
    DEPLOYER_PREFIXES,
    GENERATED,
    INJECT,
    WARNINGS,
    is_secret,
    served_attributes,
)
from disco.components.inject import parse_injection
from disco.components.loader import Catalogue
from disco.components.model import InstallPlan
from disco.components.properties import CheckedProperties, check_properties
from disco.components.resolver import resolve
from disco.config import Settings
from disco.errors import Conflict, Fault, InvalidRequest, NotFound
from disco.heat.catalogue import CloudCatalogue
from disco.heat.keys import KeyPair, derive_password, find_key_pair
from disco.heat.render import render_stack
from disco.heat.session import Login
from disco.heat.spec import ClusterSpec, Network, NodeGroup, RenderedStack
from disco.heat.stacks import Stack, Stacks

LOG = logging.getLogger(__name__)

PREFIX = "icclab.disco.components."
HEAT = f"{PREFIX}heat"
#: Heat's own deadline for the stack comes after the nodes', whose message says more
STACK_MARGIN_MINUTES = 15


@dataclass(frozen=True)
class Cluster:
    """A cluster as its owner sees it.

    Attributes:
        id: its UUID.
        attributes: OCCI attributes, in the order they are shown.
    """

    id: str
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class Draft:
    """A request that was checked and rendered, and not yet sent to Heat."""

    spec: ClusterSpec
    plan: InstallPlan
    rendered: RenderedStack


@dataclass(frozen=True)
class _Request:
    """A request as far as it can be checked without the cloud."""

    checked: CheckedProperties
    plan: InstallPlan | None
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class _Found:
    """What a request names and the cloud has."""

    master: NodeGroup
    workers: NodeGroup
    external: str


class Clusters:
    """The clusters of whoever asks; shared by all requests, and stateless."""

    def __init__(self, settings: Settings, components: Catalogue, location: str) -> None:
        self._settings = settings
        self._components = components
        self._location = location

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
        draft = self.draft(login, attributes, cluster_id)
        minutes = draft.spec.timeout_s // 60 + STACK_MARGIN_MINUTES
        stacks = Stacks(login)
        try:
            stacks.create(draft.spec.stack_name, draft.rendered, minutes)
        except Conflict:
            if not self._is_repetition(stacks, draft.spec):
                raise
            LOG.info("create of %s repeated", cluster_id)
        return Cluster(cluster_id, {})

    def draft(self, login: Login, attributes: Mapping[str, str], cluster_id: str) -> Draft:
        """Everything of a create but the last step; writes nothing anywhere.

        Raises:
            InvalidRequest: with every fault, of the request and of what it
                names in the cloud.
        """
        request = self._check(attributes)
        cloud = CloudCatalogue(login)
        found = _find_in_cloud(cloud, request.checked.values["heat"])
        faults = [*request.faults, *cloud.faults]
        if faults or request.plan is None:
            raise InvalidRequest.of(faults)
        assert found is not None
        spec = self._spec(login, attributes, request.checked, found, cluster_id)
        rendered = render_stack(self._components, request.plan, spec)
        return Draft(spec, request.plan, rendered)

    def list(self, login: Login) -> list[Cluster]:
        """The project's clusters, as far as one call to Heat tells."""
        return [self._listed(stack) for stack in Stacks(login).list()]

    def show(self, login: Login, cluster_id: str, service_state: str = "retrieve") -> Cluster:
        """One cluster with all its attributes, the private key among them.

        Raises:
            NotFound: the caller's project has no such cluster.
        """
        return self._shown(login, self._stack(login, cluster_id), service_state)

    def delete(self, login: Login, cluster_id: str) -> None:
        """Begin to delete a cluster; repeating it does no harm.

        Raises:
            NotFound: the caller's project has no such cluster.
        """
        stack = self._stack(login, cluster_id)
        if stack.status != "DELETE_IN_PROGRESS":
            Stacks(login).delete(_stack_name(cluster_id))

    def delete_all(self, login: Login) -> None:
        """Begin to delete every cluster of the project."""
        stacks = Stacks(login)
        for stack in stacks.list():
            if stack.status != "DELETE_IN_PROGRESS":
                stacks.delete(_stack_name(stack.cluster_id))

    def act(self, login: Login, cluster_id: str, action: str) -> Cluster:
        """Suspend or resume a cluster; one that is so already is left alone.

        Raises:
            NotFound: the caller's project has no such cluster.
            InvalidRequest: an action that clusters do not have.
            Conflict: the cluster is in the middle of something else.
        """
        if action not in ("suspend", "resume"):
            fault = Fault("action", f"{action!r} is no action", "suspend, resume", "unknown-action")
            raise InvalidRequest.of([fault])
        stacks = Stacks(login)
        stack = self._stack(login, cluster_id)
        suspended = stack.status == "SUSPEND_COMPLETE"
        if stack.status.endswith("_IN_PROGRESS") and not stack.status.startswith(action.upper()):
            raise Conflict(
                f"The cluster is busy: {stack.status}.", hint="Repeat the action when it is done."
            )
        if action == "suspend" and not suspended:
            stacks.suspend(stack)
        elif action == "resume" and (suspended or stack.status.startswith("SUSPEND")):
            stacks.resume(stack)
        shown = self._shown(login, self._stack(login, cluster_id), "update")
        state = "suspended" if action == "suspend" else "running"
        return replace(shown, attributes={**shown.attributes, "runstate": state})

    # -- checking ---------------------------------------------------------

    def _check(self, attributes: Mapping[str, str]) -> _Request:
        """The typed properties and the install plan, with all faults found on the way."""
        faults: list[Fault] = []
        injected: dict[str, str] = {}
        plan = None
        try:
            injected = parse_injection(attributes.get(INJECT, ""))
        except InvalidRequest as error:
            faults.extend(error.faults)
        checked = check_properties(self._components, attributes, injected)
        try:
            plan = resolve(self._components, injected, checked.values)
        except InvalidRequest as error:
            faults.extend(error.faults)
        return _Request(checked, plan, (*faults, *checked.faults))

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
        return there.status.startswith("CREATE") and dict(there.attributes) == dict(spec.attributes)

    # -- from a request to a specification --------------------------------

    def _spec(
        self,
        login: Login,
        attributes: Mapping[str, str],
        checked: CheckedProperties,
        found: _Found,
        cluster_id: str,
    ) -> ClusterSpec:
        heat = checked.values["heat"]
        key_name, public_key = self._key(login, heat, cluster_id)
        wait = heat.get("waitcondition")
        return ClusterSpec(
            id=cluster_id,
            master=found.master,
            workers=found.workers,
            network=_network(heat, found.external),
            ssh_key_name=key_name,
            ssh_public_key=public_key,
            allowed_cidr=_text(heat.get("allowedcidr")),
            wait=self._settings.wait_condition if wait is None else bool(wait),
            timeout_s=int(str(heat["timeout"])) * 60,
            mirror=self._settings.mirror,
            properties=checked.values,
            secrets=self._secrets(login, checked, cluster_id),
            attributes=self._kept(attributes, checked),
        )

    def _key(
        self, login: Login, heat: Mapping[str, object], cluster_id: str
    ) -> tuple[str, str | None]:
        """Name and public key: the user's own key pair or key, else one of ours."""
        own = _text(heat.get("sshkeyname"))
        if own:
            return own, None
        name = f"disco_sshkey-{_stack_name(cluster_id)}"
        given = _text(heat.get("sshpublickey"))
        if given:
            return name, given
        secret = self._settings.key_secrets[0]
        return name, KeyPair(secret, login.project_id, cluster_id).public

    def _secrets(
        self, login: Login, checked: CheckedProperties, cluster_id: str
    ) -> dict[str, dict[str, str]]:
        """Secrets of components: those given, and those that are ours to make."""
        secrets = {name: dict(given) for name, given in checked.secrets.items()}
        for component, lengths in checked.wanted.items():
            for name, length in lengths.items():
                secrets.setdefault(component, {})[name] = derive_password(
                    self._settings.key_secrets[0],
                    f"{component}.{name}",
                    login.project_id,
                    cluster_id,
                    length,
                )
        return secrets

    def _kept(self, attributes: Mapping[str, str], checked: CheckedProperties) -> dict[str, str]:
        """What travels in the stack: the client's attributes without secrets, and our notes."""
        secret = {f"{PREFIX}{c}.{p}" for c, given in checked.secrets.items() for p in given}
        kept = {
            name: value
            for name, value in attributes.items()
            if name not in secret and not is_secret(name) and name != CORE_ID
        }
        warnings = [
            f"unknown attribute {name}" + (f", did you mean {meant}?" if meant else "")
            for name, meant in {**checked.unknown, **dict.fromkeys(_unknown(attributes))}.items()
        ]
        if warnings:
            kept[WARNINGS] = "; ".join(warnings)
        made = [f"{c}.{p}:{n}" for c, names in checked.wanted.items() for p, n in names.items()]
        if made:
            kept[GENERATED] = " ".join([_fingerprint(self._settings.key_secrets[0]), *made])
        return kept

    # -- from a stack to attributes ---------------------------------------

    def _stack(self, login: Login, cluster_id: str) -> Stack:
        found = parse_id(cluster_id)
        try:
            if found is None:
                raise NotFound("no UUID")
            return Stacks(login).get(_stack_name(found))
        except NotFound as error:
            raise NotFound(
                f"There is no cluster {cluster_id[:64]} in this project.",
                faults=[Fault("uuid", "unknown", "a cluster of this project", "unknown-cluster")],
            ) from error

    def _listed(self, stack: Stack) -> Cluster:
        return Cluster(stack.cluster_id, served_attributes(stack, self._location, None))

    def _shown(self, login: Login, stack: Stack, service_state: str) -> Cluster:
        attributes = served_attributes(stack, self._location, service_state)
        attributes.pop(GENERATED, None)
        attributes.update(self._generated(login, stack))
        public = stack.outputs.get("ssh_public_key", "")
        pair = find_key_pair(self._settings.key_secrets, login.project_id, stack.cluster_id, public)
        if pair is not None:
            attributes["ssh_private_key"] = pair.private.replace("\n", "\\n")
        return Cluster(stack.cluster_id, attributes)

    def _generated(self, login: Login, stack: Stack) -> dict[str, str]:
        """Passwords that DISCO made, computed again for their owner."""
        fingerprint, *names = stack.attributes.get(GENERATED, "").split() or [""]
        found = {}
        for secret in self._settings.key_secrets:
            if _fingerprint(secret) == fingerprint:
                for entry in names:
                    purpose, _, length = entry.partition(":")
                    found[f"{PREFIX}{purpose}"] = derive_password(
                        secret, purpose, login.project_id, stack.cluster_id, int(length)
                    )
        return found


def parse_id(text: str) -> str | None:
    """A cluster id in its canonical form, or None if ``text`` is no UUID."""
    try:
        found = str(uuid.UUID(text))
    except (ValueError, AttributeError):
        return None
    return found if text.lower() == found else None


def _stack_name(cluster_id: str) -> str:
    return f"disco_{cluster_id}"


def _fingerprint(secret: bytes) -> str:
    """Tells one key secret from another and says nothing about it."""
    return hashlib.sha256(b"disco fingerprint" + secret).hexdigest()[:8]


def _text(value: object) -> str | None:
    return None if value in (None, "") else str(value)


def _unknown(attributes: Mapping[str, str]) -> list[str]:
    """Attributes outside the component namespace that mean nothing to DISCO."""
    known = (PREFIX, "occi.", "mcn.", *DEPLOYER_PREFIXES)
    return [n for n in attributes if n != INJECT and not n.startswith(known)]


def _find_in_cloud(cloud: CloudCatalogue, heat: Mapping[str, object]) -> _Found | None:
    """What the request names, looked up in the cloud; faults stay in ``cloud``."""
    master = _node_group(cloud, heat, "master", "master", "mastername")
    workers = _node_group(cloud, heat, "slave", "worker", "slavename")
    network = _text(heat.get("externalnetworkname"))
    external = cloud.external_network(f"{HEAT}.externalnetworkname", network) if network else None
    key = _text(heat.get("sshkeyname"))
    if key:
        cloud.key_pair(f"{HEAT}.sshkeyname", key)
    if master is None or workers is None or external is None:
        return None
    return _Found(master, workers, external)


def _node_group(
    cloud: CloudCatalogue, heat: Mapping[str, object], wire: str, role: str, name: str
) -> NodeGroup | None:
    """The nodes of one role; on the wire workers are called slaves."""
    flavor_name = _text(heat.get(f"{wire}flavor"))
    image_name = _text(heat.get(f"{wire}image"))
    count = heat.get("slavecount") if role == "worker" else 1
    flavor = cloud.flavor(f"{HEAT}.{wire}flavor", flavor_name) if flavor_name else None
    image = cloud.image(f"{HEAT}.{wire}image", image_name, flavor) if image_name else None
    if flavor is None or image is None or not isinstance(count, int):
        return None
    return NodeGroup(role, image, flavor, str(heat[name]), count)


def _network(heat: Mapping[str, object], external: str) -> Network:
    servers = str(heat.get("dnsnameservers") or "")
    return Network(
        name=str(heat["networkname"]),
        external=external,
        cidr=ipaddress.IPv4Network(str(heat["cidr"])),
        dns=tuple(part.strip() for part in servers.split(",") if part.strip()),
    )
