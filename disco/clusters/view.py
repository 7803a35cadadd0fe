"""From a stack to what its owner is shown: attributes, progress, failure, secrets."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from disco.attributes import (
    ADDED_PACKAGES,
    ADDED_PARAMETER,
    COMPONENT_PREFIX,
    CORE_ID,
    CREATED,
    FAILURE_STEP,
    GENERATED,
    PHASE,
    PRIVATE_KEY,
    PUBLIC_KEY,
    TAG_ATTRIBUTES,
    TITLE,
    WARNINGS,
    may_be_output,
    names_secret,
)
from disco.clusters.added_packages import merged
from disco.clusters.end_tag import tagged_end
from disco.clusters.name_tag import tagged_name
from disco.clusters.outcomes import Outcomes
from disco.components.loader import Catalogue
from disco.config import Settings
from disco.derived_secrets import find_key_pair, read_generated
from disco.heat.stack_status import RESUME, SUSPEND
from disco.heat.stacks import Stack, Stacks
from disco.openstack.delete_credential import End
from disco.openstack.errors import tidy
from disco.openstack.session import Login
from disco.status.delete_failure import delete_failure_attributes
from disco.status.diagnostics import console_attributes
from disco.status.ended import ADDRESSES, ENDED, STILL_TAKES
from disco.status.events import is_testing, last_check
from disco.status.node_logs import NodeLogs
from disco.status.phase import progress_attributes
from disco.status.stack_history import StackHistory
from disco.untrusted import Malformed, read_time

#: in the place of a secret that the caller may not have
MASK = "***"
NO_SECRETS = (
    "ssh_private_key and passwords are shown to those who may change the cluster, and your roles"
    " in this project do not allow that"
)


#: what a list tells of every cluster, as it is shown
LISTED_ATTRIBUTES = frozenset(
    ("stackid", "stack_status", "occi.mcn.stack.id", "occi.mcn.stack.state", CORE_ID)
)


@dataclass(frozen=True)
class Cluster:
    """A cluster as its owner sees it.

    Attributes:
        id: its UUID.
        attributes: OCCI attributes, in the order they are shown.
    """

    id: str
    attributes: Mapping[str, str]


class ClusterView:
    """Makes clusters of stacks, for the service whose secrets these are."""

    def __init__(
        self,
        settings: Settings,
        components: Catalogue,
        nodes: NodeLogs,
        location: str,
        outcomes: Outcomes,
    ) -> None:
        self._settings = settings
        self._outcomes = outcomes
        self._passwords = frozenset(
            f"{component.name}.{prop.name}"
            for component in components.values()
            for prop in component.properties.values()
            if prop.type == "secret" and prop.generate is not None
        )
        self._nodes = nodes
        self._location = location

    def listed(self, stack: Stack, progress: Mapping[str, str]) -> Cluster:
        """What a list tells of a cluster whose progress is known."""
        self._outcomes.seen(stack)
        attributes = served_attributes(stack, self._location, None)
        if end := tagged_end(stack.tags):
            attributes |= end.attributes()
        return Cluster(stack.cluster_id, attributes | dict(progress))

    def shown(
        self, login: Login, stack: Stack, service_state: str, history: StackHistory | None = None
    ) -> Cluster:
        """All that is known; generated passwords and the private key for who may change it.

        ``history`` is the stack's, where Heat is asked for it already.

        Raises:
            DiscoError: the cloud refuses.
        """
        attributes = served_attributes(stack, self._location, service_state)
        attributes = _merge(attributes, self._told(login, stack, history))
        self._outcomes.seen(stack, attributes.get(FAILURE_STEP, ""))
        attributes.pop(GENERATED, None)
        end = End.read(stack.parameters)
        attributes.update(end.attributes() if end else {})
        if added := merged(stack.parameters.get(ADDED_PARAMETER, ""), []):
            attributes[ADDED_PACKAGES] = added
        note = stack.attributes.get(GENERATED, "")
        secrets = self._settings.key_secrets
        passwords = read_generated(
            secrets, login.project_id, stack.cluster_id, note, self._passwords
        )
        shown = {f"{COMPONENT_PREFIX}{of}": text for of, text in passwords.items()}
        public = stack.outputs.get(PUBLIC_KEY, "")
        pair = find_key_pair(secrets, login.project_id, stack.cluster_id, public)
        if pair is not None:
            shown[PRIVATE_KEY] = pair.private.replace("\n", "\\n")
        elif PRIVATE_KEY in attributes:  # an output of a stack that the original made
            shown[PRIVATE_KEY] = attributes.pop(PRIVATE_KEY)
        if shown and not Stacks(login).may_change(stack):
            shown.pop(PRIVATE_KEY, None)
            shown = {**dict.fromkeys(shown, MASK), WARNINGS: _also(attributes, NO_SECRETS)}
        return Cluster(stack.cluster_id, attributes | shown)

    def without_secrets(self, login: Login, stack: Stack) -> dict[str, str]:
        """The attributes that diagnostics may have.

        Raises:
            DiscoError: the cloud refuses.
        """
        attributes = served_attributes(stack, self._location, None)
        attributes.pop(GENERATED, None)
        # an output of the original's stacks is a private key, and clients may send passwords
        open_ones = {name: v for name, v in attributes.items() if not names_secret(name)}
        return _merge(open_ones, self._told(login, stack))

    def progress(
        self, login: Login, stack: Stack, history: StackHistory | None = None
    ) -> dict[str, str]:
        """Phase, steps and failure.

        Raises:
            DiscoError: the cloud refuses.
        """
        return progress_attributes(
            login,
            stack,
            lambda: is_testing(login, self._nodes, stack),
            lambda: last_check(login, self._nodes, stack),
            history,
        )

    def _told(
        self, login: Login, stack: Stack, history: StackHistory | None = None
    ) -> dict[str, str]:
        """What the cloud and the nodes tell beyond the stack itself: progress and failure."""
        history = history or StackHistory(login, stack)
        attributes = self.progress(login, stack, history)
        attributes |= delete_failure_attributes(login, stack, history)
        return attributes | console_attributes(login, stack, attributes)


def served_attributes(stack: Stack, location: str, service_state: str | None) -> dict[str, str]:
    """The attributes of a cluster from its stack; all values are strings."""
    attributes = dict(stack.attributes)
    attributes.update(_tagged(stack))
    if service_state is not None:
        attributes["mcn.service.state"] = service_state
    attributes["stackid"] = stack.stack_id
    attributes["stack_status"] = str(stack.status)
    attributes["occi.mcn.stack.id"] = stack.stack_id
    attributes["occi.mcn.stack.state"] = str(stack.status)
    if stack.status.is_failed:
        reason = tidy(stack.reason)
        attributes["stack_status_reason"] = reason
        attributes["status"] = f"deployment didn't work out because: {reason}"
    if stack.status.action == SUSPEND:
        attributes["runstate"] = "suspended"
    elif stack.status.action == RESUME:
        attributes["runstate"] = "running"
    # an output without a value is left out: the dashboard would take "" for an address
    absent = ("external_ip", "worker_external_ips", PUBLIC_KEY)
    told = {name: text for name, text in stack.outputs.items() if may_be_output(name)}
    attributes.update((k, v) for k, v in told.items() if v or k not in absent)
    attributes[CORE_ID] = f"{location}{stack.cluster_id}"
    return attributes


def _merge(attributes: Mapping[str, str], told: Mapping[str, str]) -> dict[str, str]:
    """What is known with what was told; a cluster whose nodes are off has no address."""
    merged = {**attributes, **told}
    if merged.get(PHASE) == ENDED:
        merged = {k: v for k, v in merged.items() if k not in ADDRESSES}
        merged[WARNINGS] = _also(merged, STILL_TAKES)
    return merged


def _also(attributes: Mapping[str, str], warning: str) -> str:
    """The warnings with one more."""
    return "; ".join(filter(None, (attributes.get(WARNINGS), warning)))


def _tagged(stack: Stack) -> dict[str, str]:
    """What a list knows beyond the stack's name and state: its time, and what its tags tell."""
    attributes: dict[str, str] = {}
    with contextlib.suppress(Malformed):
        attributes[CREATED] = f"{read_time(stack.created).isoformat()[:19]}Z"
    name = tagged_name(stack.tags)
    if name and TITLE not in stack.attributes:
        attributes[TITLE] = name
    for tag in stack.tags:
        name, _, value = tag.partition("=")
        attribute = TAG_ATTRIBUTES.get(name)
        if attribute and attribute not in stack.attributes and value:
            attributes[attribute] = "+".join(filter(None, (attributes.get(attribute), value)))
    return attributes
