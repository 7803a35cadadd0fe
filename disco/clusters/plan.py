"""From a request to a draft: checked against the components and the cloud, and rendered.

Nothing is written anywhere. Creating is handing a draft to Heat; a preview stops before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit, urlunsplit

from disco.attributes import (
    COMPONENT_PREFIX,
    CORE_ID,
    DEPLOYER_PREFIXES,
    GENERATED,
    INJECT,
    REMOVE,
    STANDARD_PREFIXES,
    WARNINGS,
    is_secret,
)
from disco.components.injection import parse_injection
from disco.components.install_plan import InstallPlan
from disco.components.loader import Catalogue
from disco.components.properties import CheckedProperties, check_properties
from disco.components.resolver import resolve_plan
from disco.components.worker_groups import GroupRequest, parse_groups
from disco.config import Settings
from disco.derived_secrets import KeyPair, derive_password, fingerprint
from disco.errors import Fault, InvalidRequest
from disco.heat.stacks import Stacks, pending_addresses
from disco.heat.template.stack import render_resources, render_stack
from disco.openstack.catalog import CloudCatalogue
from disco.openstack.delete_credential import auth_url, heat_endpoint
from disco.openstack.lookup import UNKNOWN, Found, find_in_cloud, text_of
from disco.openstack.quotas import Demand, Quota, count, quota_faults, read_quotas
from disco.openstack.session import Login
from disco.spec import ClusterSpec, RenderedStack, stack_name


@dataclass(frozen=True)
class Draft:
    """A request that was checked and rendered, and not yet sent to Heat."""

    spec: ClusterSpec
    plan: InstallPlan
    rendered: RenderedStack
    demand: Demand
    quotas: Mapping[str, Quota]


@dataclass(frozen=True)
class _Request:
    """A request as far as it can be checked without the cloud."""

    checked: CheckedProperties
    plan: InstallPlan | None
    groups: tuple[GroupRequest, ...]
    faults: tuple[Fault, ...]


class Drafts:
    """Makes drafts; shared by all requests, and stateless."""

    def __init__(self, settings: Settings, components: Catalogue) -> None:
        self._settings = settings
        self._components = components

    def draft(
        self,
        login: Login,
        attributes: Mapping[str, str],
        cluster_id: str,
        check_quotas: bool = True,
    ) -> Draft:
        """Everything of a create but the last step; writes nothing anywhere.

        Raises:
            InvalidRequest: with every fault: of the request, of what it names
                in the cloud, of what was rendered, and of the project's quotas.
        """
        request = self._check(attributes)
        heat = request.checked.values["heat"]
        cloud = CloudCatalogue(login)
        stacks = Stacks(login)
        found = find_in_cloud(
            cloud,
            heat,
            request.groups,
            (lambda subnet: pending_addresses(stacks.list(), subnet)) if check_quotas else None,
        )
        faults = [*request.faults, *cloud.faults]
        spec = self._spec(login, attributes, request.checked, found, cluster_id)
        rendered = None
        if request.plan is not None and not request.faults and found.can_be_rendered:
            try:
                rendered = render_stack(self._components, request.plan, spec)
            except InvalidRequest as error:
                faults.extend(error.faults)
        demand = self._demand(request, spec, rendered)
        quotas: Mapping[str, Quota] = {}
        if check_quotas and not heat.get("skipquota"):
            quotas = read_quotas(cloud, demand.total)
            worker = found.workers.flavor
            known = None if worker == UNKNOWN else worker
            faults.extend(quota_faults(demand, quotas, known, cloud.flavors()))
        if faults or request.plan is None or rendered is None:
            raise InvalidRequest.of(faults)
        return Draft(spec, request.plan, rendered, demand, quotas)

    def _demand(
        self, request: _Request, spec: ClusterSpec, rendered: RenderedStack | None
    ) -> Demand:
        """What the stack takes; of a faulty request what it would take at least."""
        plan = request.plan or InstallPlan((), {}, {}, {})
        flavors = spec.flavors

        def taken(workers: int) -> Mapping[str, int]:
            sized = replace(spec, workers=replace(spec.workers, count=workers))
            return count(render_resources(self._components, plan, sized), flavors)

        one, two = taken(1), taken(2)
        each = {name: two[name] - one.get(name, 0) for name in two}
        total = (
            taken(spec.workers.count) if rendered is None else count(rendered.resources, flavors)
        )
        return Demand(total, each, spec.workers.count)

    def check(
        self, attributes: Mapping[str, str]
    ) -> tuple[CheckedProperties, InstallPlan | None, tuple[Fault, ...]]:
        """What a cluster's attributes mean, as far as that can be known without the cloud."""
        request = self._check(attributes)
        return request.checked, request.plan, request.faults

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
            plan = resolve_plan(self._components, injected, checked.values)
        except InvalidRequest as error:
            faults.extend(error.faults)
        groups: tuple[GroupRequest, ...] = ()
        try:
            groups = parse_groups(str(checked.values["heat"].get("groups") or ""))
        except InvalidRequest as error:
            faults.extend(error.faults)
        if attributes.get(REMOVE):
            faults.append(Fault(REMOVE, "only a cluster that exists has workers to remove", "none"))
        return _Request(checked, plan, groups, (*faults, *checked.faults))

    def _spec(
        self,
        login: Login,
        attributes: Mapping[str, str],
        checked: CheckedProperties,
        found: Found,
        cluster_id: str,
    ) -> ClusterSpec:
        heat = checked.values["heat"]
        key_name, public_key = self._key(login, heat, cluster_id)
        wait = heat.get("waitcondition")
        ends = heat.get("ttl") or heat.get("idle")
        return ClusterSpec(
            id=cluster_id,
            master=found.master,
            workers=found.workers,
            groups=found.groups,
            network=found.network,
            ssh_key_name=key_name,
            ssh_public_key=public_key,
            floating=str(heat["floatingip"]),
            ttl_s=int(str(heat.get("ttl") or 0)),
            idle_s=int(str(heat.get("idle") or 0)),
            auth_url=self._for_nodes(auth_url(login)) if ends else "",
            heat_url=self._for_nodes(heat_endpoint(login)) if ends else "",
            allowed_cidr=text_of(heat.get("allowedcidr")),
            wait=self._settings.wait_condition if wait is None else bool(wait),
            timeout_s=int(str(heat["timeout"])) * 60,
            mirror=self._settings.mirror,
            properties=checked.values,
            secrets=self._secrets(login, checked, cluster_id),
            attributes=self._kept(attributes, checked),
        )

    def _for_nodes(self, url: str) -> str:
        """An endpoint as nodes reach it."""
        parts = urlsplit(url)
        if not self._settings.node_host:
            return url
        port = f":{parts.port}" if parts.port else ""
        return urlunsplit(parts._replace(netloc=f"{self._settings.node_host}{port}"))

    def _key(
        self, login: Login, heat: Mapping[str, object], cluster_id: str
    ) -> tuple[str, str | None]:
        """Name and public key: the user's own key pair or key, else one of ours."""
        own = text_of(heat.get("sshkeyname"))
        if own:
            return own, None
        name = f"disco_sshkey-{stack_name(cluster_id)}"
        given = text_of(heat.get("sshpublickey"))
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
        secret = set(checked.secret_attributes)
        kept = {
            name: value
            for name, value in attributes.items()
            if name not in secret and not is_secret(name) and name != CORE_ID
        }
        warnings = [f"unknown attribute {t}" for t in (*checked.unknown, *_unknown(attributes))]
        if warnings:
            kept[WARNINGS] = "; ".join(warnings)
        made = [f"{c}.{p}:{n}" for c, names in checked.wanted.items() for p, n in names.items()]
        if made:
            kept[GENERATED] = " ".join([fingerprint(self._settings.key_secrets[0]), *made])
        return kept


def _unknown(attributes: Mapping[str, str]) -> list[str]:
    """Attributes outside the component namespace that mean nothing to DISCO."""
    known = (COMPONENT_PREFIX, *STANDARD_PREFIXES, *DEPLOYER_PREFIXES)
    return [n for n in attributes if n != INJECT and not n.startswith(known)]
