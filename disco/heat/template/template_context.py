"""What templates see: the names that docs/components.md promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial

from disco.attributes import MASTER_FLAVOR, SLAVE_FLAVOR
from disco.components.conditions import select_daemons
from disco.components.install_plan import InstallPlan
from disco.components.models import Component, Daemon, Resources, Role
from disco.components.sizing import (
    Containers,
    compute_available_memory,
    divide_memory,
    size_containers,
)
from disco.errors import ComponentError, Fault, InvalidRequest
from disco.heat.template.jinja_environment import Names
from disco.heat.template.secret_values import (
    SecretValue,
    ToldApart,
    secret_names,
    with_secrets,
)
from disco.heat.template.software import component_facts, software
from disco.spec import ClusterSpec, NodeGroup
from disco.user_packages import UserPackages
from disco.worker_numbers import worker_name

Context = dict[str, object]


@dataclass(frozen=True)
class Memory:
    """What a component may use on a node; cores are shared by time, not divided."""

    ram_mb: int
    cores: int


class Contexts:
    """The contexts of all components of one cluster, by role."""

    def __init__(self, plan: InstallPlan, spec: ClusterSpec, group: str = "") -> None:
        """Divide the nodes' memory; ``group`` is that of the workers, empty for plain ones.

        Raises:
            InvalidRequest: a flavor is too small for what the nodes carry.
        """
        self.plan = plan
        self.spec = spec
        self._group = group
        self._groups: dict[Role, NodeGroup] = {"master": spec.master, "worker": spec.workers}
        self._values_read = 0
        self._components: dict[tuple[str, Role], Context] = {}
        #: the secrets that the role's script refers to
        self.told: dict[Role, ToldApart] = {"master": ToldApart(), "worker": ToldApart()}
        faults: list[Fault] = []
        self._shares: dict[Role, dict[str, int]] = {}
        attributes: dict[Role, str] = {"master": MASTER_FLAVOR, "worker": SLAVE_FLAVOR}
        for role, attribute in attributes.items():
            try:
                self._shares[role] = self._share(role, attribute)
            except InvalidRequest as error:
                faults.extend(error.faults)
        if faults:
            raise InvalidRequest.of(faults)

    @property
    def secrets_read(self) -> int:
        """How often a template asked for a secret, or for what stands for one."""
        return self._values_read + sum(one.referred for one in self.told.values())

    @cached_property
    def _environment(self) -> Mapping[str, str]:
        """The variables that users want everywhere."""
        return UserPackages.of(self.spec.properties.get("packages", {})).environment

    def shares(self, role: Role) -> dict[str, int]:
        """What each component that runs on nodes of the role may use, MiB."""
        return dict(self._shares[role])

    def node(self, role: Role) -> Context:
        """What holds for the role whatever the component."""
        spec = self.spec
        return {
            "cluster": {
                "id": spec.id,
                "workers": spec.worker_count,
                "mirror": spec.mirror,
                "timeout": spec.timeout_s,
                "frameworks": list(self.plan.frameworks),
                "allowed_cidr": spec.allowed_cidr,
                "environment": Names(self._environment),
                "groups": [group.name for group in spec.groups],
            },
            "node": {
                "name": "${DISCO_NAME}",
                "address": "${DISCO_ADDRESS}",
                "index": "${DISCO_INDEX}",
                "role": role,
                "group": self._group if role == "worker" else "",
            },
            "master": {"name": spec.master.name, "address": spec.network.master_address},
            "worker_name": partial(worker_name, spec.workers.name),
            "worker_address": spec.network.worker_address,
            "flavor": self._groups[role].flavor,
        }

    def component(self, name: str, role: Role) -> Context:
        """Everything a template of component ``name`` sees on nodes of ``role``."""
        known = self._components.get((name, role))
        if known is None:
            known = self._components[name, role] = self._component(name, role)
        return known

    def _component(self, name: str, role: Role) -> Context:
        component = self.plan.components[name]
        secrets = self.spec.secrets.get(name, {})

        def secret(of: str) -> str:
            if of not in secrets:
                raise ComponentError(f"{name}: the secret {of!r} has no value")
            self._values_read += 1
            return secrets[of]

        before = sum(len(own) for of, own in self.spec.secrets.items() if of < name)

        def apart(of: str) -> SecretValue:
            number = before + sorted(secrets).index(of) if of in secrets else 0
            return SecretValue(self.told[role], number, secret(of))

        properties = with_secrets(
            self.spec.properties.get(name, {}), secrets, before, self.told[role]
        )
        others = {n: Names(self._facts(c)) for n, c in self.plan.components.items() if n != name}
        return {
            **self.node(role),
            "memory": self._memory(name, role),
            "worker_memory": self._memory(name, "worker"),
            "containers": lambda of=name: self._containers(of),
            "properties": Names(properties),
            "secret_names": secret_names(properties),
            "component": component_facts(component, self.plan.versions),
            **software(component, self.plan.versions.get(name, "")),
            "others": Names(others),
            "secret": secret,
            "apart": apart,
        }

    def daemons(self, component: Component, role: Role) -> tuple[Daemon, ...]:
        """What of the component's daemons this cluster's nodes of the role run."""
        values = self.spec.properties.get(component.name, {})
        return select_daemons(component, role, values, self.plan.frameworks)

    def _facts(self, component: Component) -> Context:
        properties = Names(self.spec.properties.get(component.name, {}))
        return {**component_facts(component, self.plan.versions), "properties": properties}

    def _share(self, role: Role, attribute: str) -> dict[str, int]:
        flavor = self._groups[role].flavor
        claims = {
            name: component.resources.get(role, Resources())
            for name, component in sorted(self.plan.components.items())
            if role in component.roles and self._runs(component, role)
        }
        return divide_memory(flavor.ram_mb, flavor.vcpus, claims, attribute) if claims else {}

    def _runs(self, component: Component, role: Role) -> bool:
        """Whether the plan starts the component here; what is only installed needs no memory."""
        if component.roles[role].daemons and not self.daemons(component, role):
            return False
        return any(
            s.component == component.name and s.state == component.default_state
            for s in self.plan.steps
        )

    def _containers(self, name: str) -> Containers:
        """A component's share of a worker, less its daemons there, as YARN gives it away."""
        memory = self._memory(name, "worker")
        running = len(self.daemons(self.plan.components[name], "worker"))
        return size_containers(
            memory.ram_mb, memory.cores, self._groups["worker"].flavor.ram_mb, running
        )

    def _memory(self, name: str, role: Role) -> Memory:
        flavor = self._groups[role].flavor
        return Memory(
            self._shares[role].get(name, compute_available_memory(flavor.ram_mb)), flavor.vcpus
        )
