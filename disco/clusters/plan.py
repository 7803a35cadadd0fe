"""From a request to a plan: validate, look up, render, compare with the quotas.

Each step is a function of what came before. Nothing is written anywhere: creating a cluster
is handing its plan to Heat, and a preview shows the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

from disco.attributes import (
    INJECT,
    REMOVE,
    STORAGE,
    TITLE,
    add_warnings,
    is_reserved,
    stored_attributes,
)
from disco.clusters.name_tag import name_tags
from disco.clusters.package_faults import list_package_faults
from disco.clusters.storage import COMPONENT as OBJECT_STORAGE
from disco.clusters.storage import with_storage
from disco.components.conditions import select_ports
from disco.components.injection import parse_injection
from disco.components.install_plan import InstallPlan
from disco.components.loader import Catalogue
from disco.components.properties import (
    CheckedProperties,
    check_properties,
    list_open_secrets,
)
from disco.components.resolver import resolve_plan
from disco.components.scale_in import list_shortages
from disco.components.worker_groups import GroupRequest, parse_groups
from disco.config import Settings
from disco.derived_secrets import choose_key_pair, component_secrets, generated_note
from disco.errors import Fault, InvalidRequest
from disco.heat.stack_status import (
    CREATE_FAILED,
    CREATE_IN_PROGRESS,
    UPDATE_FAILED,
    UPDATE_IN_PROGRESS,
)
from disco.heat.stacks import Stack, Stacks
from disco.heat.template.address_tag import tagged_addresses
from disco.heat.template.stack import render_stack
from disco.openstack.ahead import begin_create, begin_quotas
from disco.openstack.catalog import CloudCatalogue
from disco.openstack.delete_credential import auth_url, heat_endpoint
from disco.openstack.demand import Demand, demand_of
from disco.openstack.existing_network import check_guard
from disco.openstack.lookup import UNKNOWN, Infrastructure, look_up_infrastructure, text_of
from disco.openstack.quotas import Quota, quota_faults, read_quotas
from disco.openstack.session import Login
from disco.openstack.side_by_side import Begun
from disco.spec import ClusterSpec, RenderedStack

T = TypeVar("T")
#: statuses in which a cluster may not have all of its ports yet
_PORTS_TO_COME = (CREATE_IN_PROGRESS, CREATE_FAILED, UPDATE_IN_PROGRESS, UPDATE_FAILED)


@dataclass(frozen=True)
class ClusterPlan:
    """A request that was checked and rendered, and not yet sent to Heat."""

    spec: ClusterSpec
    install: InstallPlan
    rendered: RenderedStack
    demand: Demand
    quotas: Mapping[str, Quota]


@dataclass(frozen=True)
class CheckedRequest:
    """What a request's attributes mean, as far as that can be known without the cloud.

    Attributes:
        attributes: as the client sent them.
        checked: the typed properties of all components.
        install: what is installed in which order; None where that is unknown.
        groups: of workers beside the plain ones.
        faults: all that is wrong with the request.
    """

    attributes: Mapping[str, str] = field(repr=False)
    checked: CheckedProperties
    install: InstallPlan | None
    groups: tuple[GroupRequest, ...]
    faults: tuple[Fault, ...]

    @property
    def heat(self) -> Mapping[str, object]:
        """The properties of the component ``heat``: of the cluster's stack."""
        return self.checked.values["heat"]


class Planner:
    """Makes plans; shared by all requests, and stateless."""

    def __init__(self, settings: Settings, components: Catalogue) -> None:
        self._settings = settings
        self._components = components

    def plan(
        self,
        login: Login,
        attributes: Mapping[str, str],
        cluster_id: str,
        check_quotas: bool = True,
    ) -> ClusterPlan:
        """Everything of a create but its last step.

        Raises:
            InvalidRequest: with every fault: of the request, of what it names
                in the cloud, of what was rendered, and of the project's quotas.
            CloudError: and its relatives, when a service fails.
        """
        request = self.validate(attributes)
        cloud = CloudCatalogue(login)
        begin_create(cloud, request.heat, check_quotas)
        infrastructure = _look_up(cloud, request, check_quotas)
        checked, unusable = with_storage(
            login, request.checked, request.install, cluster_id, self._for_nodes
        )
        request = replace(request, checked=checked)
        spec = self._specify(login, request, infrastructure, cluster_id)
        check_guard(cloud, spec.network, spec.allowed_cidr, _open_ports(request))
        warnings = [*cloud.warnings, *_shortages(request, spec), *list_open_secrets(attributes)]
        spec = replace(spec, attributes=add_warnings(spec.attributes, warnings))
        rendered, late = self._render(request, infrastructure, spec)
        demand = demand_of(self._components, request.install, spec, rendered)
        quotas: Mapping[str, Quota] = {}
        exceeded: list[Fault] = []
        if check_quotas and not request.heat.get("skipquota"):
            begin_quotas(cloud, demand.total)
            quotas = read_quotas(cloud, demand.total)
            worker = infrastructure.workers.flavor
            known = None if worker == UNKNOWN else worker
            exceeded = quota_faults(demand, quotas, known, cloud.usable_flavors())
        faults = [*_reserved(attributes), *request.faults, *cloud.faults, *unusable]
        faults += [*late, *exceeded]
        if faults or request.install is None or rendered is None:
            raise InvalidRequest.of(faults)
        return ClusterPlan(spec, request.install, rendered, demand, quotas)

    # -- validate ---------------------------------------------------------

    def validate(self, attributes: Mapping[str, str]) -> CheckedRequest:
        """The request with all its faults; asks nobody."""
        faults: list[Fault] = []
        injected = _collect(faults, lambda: parse_injection(attributes.get(INJECT, ""))) or {}
        if attributes.get(STORAGE):
            injected = {OBJECT_STORAGE: "", **injected}
        checked = check_properties(self._components, attributes, injected)
        install = _collect(faults, lambda: resolve_plan(self._components, injected, checked.values))
        asked = str(checked.values["heat"].get("groups") or "")
        groups = _collect(faults, lambda: parse_groups(asked)) or ()
        faults += list_package_faults(self._components, checked.values.get("packages", {}), install)
        if attributes.get(REMOVE):
            faults.append(Fault(REMOVE, "only a cluster that exists has workers to remove", "none"))
        return CheckedRequest(attributes, checked, install, groups, (*faults, *checked.faults))

    # -- specify and render -----------------------------------------------

    def _specify(
        self,
        login: Login,
        request: CheckedRequest,
        infrastructure: Infrastructure,
        cluster_id: str,
    ) -> ClusterSpec:
        """All that rendering needs: from here on nothing is asked."""
        heat, checked = request.heat, request.checked
        secret, project = self._settings.key_secrets[0], login.project_id
        key_name, public_key = choose_key_pair(
            secret,
            project,
            cluster_id,
            text_of(heat.get("sshkeyname")),
            text_of(heat.get("sshpublickey")),
        )
        wait = heat.get("waitcondition")
        ends = heat.get("ttl") or heat.get("idle")
        return ClusterSpec(
            id=cluster_id,
            master=infrastructure.master,
            workers=infrastructure.workers,
            groups=infrastructure.groups,
            network=infrastructure.network,
            ssh_key_name=key_name,
            ssh_public_key=public_key,
            floating=str(heat["floatingip"]),
            config_drive=infrastructure.config_drive,
            ttl_s=int(str(heat.get("ttl") or 0)),
            idle_s=int(str(heat.get("idle") or 0)),
            auth_url=self._for_nodes(auth_url(login)) if ends else "",
            heat_url=self._for_nodes(heat_endpoint(login)) if ends else "",
            allowed_cidr=text_of(heat.get("allowedcidr")),
            wait=self._settings.wait_condition if wait is None else bool(wait),
            timeout_s=int(str(heat["timeout"])) * 60,
            mirror=self._settings.mirror,
            outside=self._settings.node_network.overridden(
                *(text_of(heat.get(name)) or "" for name in ("httpproxy", "httpsproxy", "noproxy"))
            ),
            properties=checked.values,
            secrets=component_secrets(secret, project, cluster_id, checked.secrets, checked.wanted),
            attributes=stored_attributes(
                request.attributes,
                checked.secret_attributes,
                checked.unknown,
                generated_note(secret, checked.wanted),
            ),
        )

    def _for_nodes(self, url: str) -> str:
        """An endpoint as nodes reach it."""
        parts = urlsplit(url)
        if not self._settings.node_host:
            return url
        port = f":{parts.port}" if parts.port else ""
        return urlunsplit(parts._replace(netloc=f"{self._settings.node_host}{port}"))

    def _render(
        self, request: CheckedRequest, infrastructure: Infrastructure, spec: ClusterSpec
    ) -> tuple[RenderedStack | None, list[Fault]]:
        """The stack; or None, with what is wrong with it where that is known."""
        install, faults = request.install, list[Fault]()
        if install is None or request.faults or not infrastructure.can_be_rendered:
            return None, faults
        rendered = _collect(faults, lambda: render_stack(self._components, install, spec))
        if rendered is not None:
            name = name_tags(spec.attributes.get(TITLE, ""))
            rendered = replace(rendered, tags=(*rendered.tags, *name))
        return rendered, faults


def _reserved(attributes: Mapping[str, str]) -> Iterator[Fault]:
    """Faults of what DISCO alone says of a cluster; no known client sends it with a create."""
    for name in filter(is_reserved, attributes):
        yield Fault(
            name,
            "is set by DISCO",
            "a name that does not begin with disco. and is not one of what clusters are shown with",
            "reserved-attribute",
        )


def _shortages(request: CheckedRequest, spec: ClusterSpec) -> list[str]:
    """What the components ask for that so many workers cannot give."""
    if request.install is None:
        return []
    return list(list_shortages(request.install, request.checked.values, spec.worker_count))


def _look_up(cloud: CloudCatalogue, request: CheckedRequest, check_quotas: bool) -> Infrastructure:
    """What the request names in the cloud; faults stay in ``cloud``."""
    stacks = Stacks(cloud.login)  # a cloud without Heat has no clusters, whatever else is right
    reserved: Callable[[str], Iterator[int]] | None = None
    if check_quotas and request.heat.get("network"):
        known = Begun(stacks.list)
        reserved = lambda subnet: pending_addresses(known.result(), subnet)  # noqa: E731
    components = request.install.components.values() if request.install else ()
    one_python = sorted(c.title for c in components if c.same_python)
    return look_up_infrastructure(cloud, request.heat, request.groups, reserved, one_python)


def pending_addresses(stacks: Iterable[Stack], subnet: str) -> Iterator[int]:
    """Addresses in a subnet of clusters whose ports may not exist yet."""
    for stack in stacks:
        if stack.status in _PORTS_TO_COME:
            yield from tagged_addresses(stack.tags, subnet)


def _open_ports(request: CheckedRequest) -> list[str]:
    """What listens without asking for a password, as "Spark master (8080)"."""
    plan, values = request.install, request.checked.values
    if plan is None:
        return []
    return sorted(
        f"{port.name or component.title} ({port.port})"
        for component in plan.components.values()
        for port in select_ports(component, values.get(component.name, {}), plan.frameworks)
        if port.expose != "public"
    )


def _collect(faults: list[Fault], step: Callable[[], T]) -> T | None:
    """What ``step`` gives; None where it refuses, and its faults with the others."""
    try:
        return step()
    except InvalidRequest as error:
        faults.extend(error.faults)
        return None
