"""The resources of a cluster's stack as data: what is counted is what is sent.

Workers of one kind differ in number, name and address alone, so a kind is kept once, with
marks in these places. What many workers take is a multiplication, and their text a pattern.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from disco.spec import ClusterSpec, Network, NodeGroup, Volume, WorkerGroup
from disco.worker_numbers import PLAIN, renumber_resource, script_name, worker_name

Resource = Mapping[str, Any]

#: stand for what workers of one kind differ in; nothing from outside has this character
NUMBER, NAME, ADDRESS = "\0number\0", "\0name\0", "\0address\0"
#: parameters of a cluster that ends by itself: when, and the secret of the credential for that
END_PARAMETER, END_SECRET_PARAMETER = "disco_end", "disco_end_secret"


@dataclass(frozen=True)
class WorkerKind:
    """Workers that are alike: their numbers, and the resources of each, with marks."""

    numbers: range
    resources: Mapping[str, Resource]


class StackResources(Mapping[str, Resource]):
    """The resources by name; those of single workers are made when somebody looks."""

    def __init__(
        self, fixed: Mapping[str, Resource], kinds: Sequence[WorkerKind], spec: ClusterSpec
    ) -> None:
        """``fixed`` are those that no worker has for itself; ``kinds`` the workers' kinds."""
        self.fixed = fixed
        self.kinds = tuple(kinds)
        self._spec = spec

    def counted(self) -> Iterator[tuple[Resource, int]]:
        """Each resource, and how many there are like it; marks are still in it."""
        for resource in self.fixed.values():
            yield resource, 1
        for kind in self.kinds:
            for resource in kind.resources.values():
                yield resource, len(kind.numbers)

    def with_plain_workers(self, count: int) -> StackResources:
        """The same with another number of plain workers; for counting alone."""
        plain, *groups = self.kinds
        resized = replace(plain, numbers=range(1, count + 1))
        return StackResources(self.fixed, [resized, *groups], self._spec)

    def words(self, number: int) -> dict[str, str]:
        """What stands in the place of the marks for a worker."""
        return {
            NUMBER: str(number),
            NAME: worker_name(self._spec.workers.name, number),
            ADDRESS: self._spec.network.worker_address(number),
        }

    @cached_property
    def _all(self) -> Mapping[str, Resource]:
        made = dict(self.fixed)
        for kind in self.kinds:
            for number in kind.numbers:
                words = self.words(number)
                made.update(
                    (name, _filled(resource, words))
                    for name, resource in _filled(kind.resources, words).items()
                )
        return made

    def __getitem__(self, name: str) -> Resource:
        return self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return sum(number for _, number in self.counted())


def counted(resources: Mapping[str, Resource]) -> Iterator[tuple[Resource, int]]:
    """Each resource of a stack, and how many there are like it."""
    if isinstance(resources, StackResources):
        return resources.counted()
    return ((resource, 1) for resource in resources.values())


def _filled(value: Any, words: Mapping[str, str]) -> Any:
    """A copy with words in the place of marks."""
    if isinstance(value, Mapping):
        return {_filled(key, words): _filled(inner, words) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, words) for inner in value]
    if isinstance(value, str):
        for mark, word in words.items():
            value = value.replace(mark, word)
    return value


def stack_resources(spec: ClusterSpec, rules: Sequence[Resource], wait_s: int) -> StackResources:
    """What the stack of a cluster has.

    Args:
        spec: the cluster.
        rules: of the security group.
        wait_s: seconds that Heat waits for the nodes' word.
    """
    parts = _Parts(spec)
    kinds, first = [], 1
    places: list[WorkerGroup | None] = [None, *spec.groups]
    for group in places:
        source: NodeGroup | WorkerGroup = group or spec.workers
        numbers = range(first, first + source.count)
        first = numbers.stop
        kinds.append(WorkerKind(numbers, dict(parts.of_worker(group, source))))
    return StackResources(dict(parts.of_cluster(rules, wait_s)), kinds, spec)


def _resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"type": kind, "properties": properties}


def _ref(name: str) -> dict[str, str]:
    return {"get_resource": name}


class _Parts:
    """Makes resources; what is the same in many is decided once."""

    def __init__(self, spec: ClusterSpec) -> None:
        network = spec.network
        self._spec = spec
        self._network: Any = network.id or _ref("network")
        self._subnet: Any = network.subnet or _ref("subnet")
        # a reference where the stack makes the key pair, so that it is there first
        self._key: Any = _ref("key_pair") if spec.ssh_public_key else spec.ssh_key_name
        self._signal: Any = {"get_attr": ["signal", "curl_cli"]} if spec.wait else ""
        # nodes fetch their user data and software through the router, so it comes first
        self._first = {} if network.id else {"depends_on": "router_interface"}

    def of_cluster(self, rules: Sequence[Resource], wait_s: int) -> Iterator[tuple[str, Resource]]:
        """All but the workers."""
        spec, network = self._spec, self._spec.network
        if not network.id:
            yield from _own_network(network)
        if network.guarded:
            yield (
                "security_group",
                _resource("OS::Neutron::SecurityGroup", name=spec.stack_name, rules=list(rules)),
            )
        if spec.ssh_public_key:
            yield (
                "key_pair",
                _resource(
                    "OS::Nova::KeyPair", name=spec.ssh_key_name, public_key=spec.ssh_public_key
                ),
            )
        if spec.wait:
            yield "signal", {"type": "OS::Heat::WaitConditionHandle"}
            # complete when the master says so; a failure on any node ends it at once
            yield (
                "ready",
                {
                    "type": "OS::Heat::WaitCondition",
                    "depends_on": ["master", *self._needed()],
                    "properties": {"handle": _ref("signal"), "count": 1, "timeout": wait_s},
                },
            )
        yield "master_port", self._port(spec.master.name, network.master_address)
        yield (
            "master",
            self._server("master", spec.master.name, spec.master, "master_port", "master", {}),
        )
        if spec.floating != "none":
            yield from self._floating(None, "master_port").items()
        for group in spec.groups:
            if group.policy:
                yield (
                    f"group_{group.name}",
                    _resource(
                        "OS::Nova::ServerGroup",
                        name=f"{spec.stack_name}-{group.name}",
                        policies=[group.policy],
                    ),
                )

    def of_worker(
        self, group: WorkerGroup | None, source: NodeGroup | WorkerGroup
    ) -> Iterator[tuple[str, Resource]]:
        """What each worker of a kind has."""
        spec, volume = self._spec, source.volume
        if volume:
            disk = _resource("OS::Cinder::Volume", name=NAME, size=volume.size_gb)
            disk["properties"] |= _of_volume(volume)
            disk["properties"]["metadata"] = {"disco_cluster": spec.id}
            yield renumber_resource("volume", NUMBER), disk
            yield (
                renumber_resource("volume_attachment", NUMBER),
                _resource(
                    "OS::Cinder::VolumeAttachment",
                    instance_uuid=_ref(renumber_resource("worker", NUMBER)),
                    volume_id=_ref(renumber_resource("volume", NUMBER)),
                ),
            )
        yield renumber_resource("port", NUMBER), self._port(NAME, ADDRESS)
        script = script_name(group.name if group else PLAIN)
        params: dict[str, Any] = {"@@NAME@@": NAME, "@@ADDRESS@@": ADDRESS, "@@INDEX@@": NUMBER}
        server = self._server(
            "worker", NAME, source, renumber_resource("port", NUMBER), script, params
        )
        if group and group.policy:
            server["properties"]["scheduler_hints"] = {"group": _ref(f"group_{group.name}")}
        yield renumber_resource("worker", NUMBER), server
        if spec.floating == "all":
            yield from self._floating(NUMBER, renumber_resource("port", NUMBER)).items()

    def _needed(self) -> Iterator[str]:
        """What the cluster is not complete without."""
        associated = self._spec.floating == "all"
        for number in range(1, self._spec.worker_count + 1):
            yield renumber_resource("worker", number)
            if associated:
                yield renumber_resource("floating_ip_association", number)

    def _port(self, name: str, address: str) -> dict[str, Any]:
        port = _resource(
            "OS::Neutron::Port",
            name=name,
            network=self._network,
            fixed_ips=[{"subnet": self._subnet, "ip_address": address}],
        )
        if self._spec.network.guarded:
            port["properties"]["security_groups"] = [_ref("security_group")]
        return port

    def _server(
        self,
        role: str,
        name: str,
        source: NodeGroup | WorkerGroup,
        port: str,
        script: str,
        params: dict[str, Any],
    ) -> dict[str, Any]:
        spec = self._spec
        metadata: dict[str, Any] = {"disco_cluster": spec.id, "disco_role": role}
        params = {**params, "@@SIGNAL@@": self._signal}
        if spec.ends:
            metadata["disco_end"] = params["@@END@@"] = {"get_param": END_PARAMETER}
        if role == "master" and spec.ends:
            params["@@END_SECRET@@"] = {"get_param": END_SECRET_PARAMETER}
            params["@@STACK@@"] = {"get_param": "OS::stack_id"}
        if role == "worker":
            params["@@JOINS@@"] = ""
            if source.volume:
                params["@@VOLUME@@"] = _ref(renumber_resource("volume", NUMBER))
        return {
            "type": "OS::Nova::Server",
            **self._first,
            "properties": {
                "name": name,
                **_booting(source),
                **({"config_drive": True} if spec.config_drive else {}),
                "key_name": self._key,
                "networks": [{"port": _ref(port)}],
                "metadata": metadata,
                "user_data_format": "RAW",
                "user_data_update_policy": "IGNORE",
                "user_data": {
                    "str_replace": {"template": {"get_file": f"{script}.sh"}, "params": params}
                },
            },
        }

    def _floating(self, number: str | None, port: str) -> dict[str, Resource]:
        """An address from outside: of a worker, or of the master."""
        address, association = "floating_ip", "floating_ip_association"
        if number is not None:
            address, association = (renumber_resource(n, number) for n in (address, association))
        external = self._spec.network.external
        made = {
            address: _resource("OS::Neutron::FloatingIP", floating_network=external),
            association: _resource(
                "OS::Neutron::FloatingIPAssociation",
                floatingip_id=_ref(address),
                port_id=_ref(port),
            ),
        }
        return {name: {**resource, **self._first} for name, resource in made.items()}


def _own_network(network: Network) -> Iterator[tuple[str, Resource]]:
    name = network.name
    first, last = network.pool
    yield "network", _resource("OS::Neutron::Net", name=name)
    subnet = _resource(
        "OS::Neutron::Subnet",
        name=name,
        network=_ref("network"),
        ip_version=4,
        cidr=str(network.cidr),
        gateway_ip=network.gateway,
    )
    if network.dns:
        subnet["properties"]["dns_nameservers"] = list(network.dns)
    subnet["properties"]["allocation_pools"] = [{"start": first, "end": last}]
    yield "subnet", subnet
    yield (
        "router",
        _resource(
            "OS::Neutron::Router", name=name, external_gateway_info={"network": network.external}
        ),
    )
    yield (
        "router_interface",
        _resource("OS::Neutron::RouterInterface", router=_ref("router"), subnet=_ref("subnet")),
    )


def _booting(node: NodeGroup | WorkerGroup) -> dict[str, Any]:
    """What a server boots from, and where."""
    made: dict[str, Any] = {}
    if node.root:
        # a volume of the server's own: Nova makes it of the image, and deletes it with the server
        device: dict[str, Any] = {"image": node.image, "volume_size": node.root.size_gb}
        if node.root.type:
            device["volume_type"] = node.root.type
        made["block_device_mapping_v2"] = [
            {**device, "boot_index": 0, "delete_on_termination": True}
        ]
    else:
        made["image"] = node.image
    made["flavor"] = node.flavor.id
    if node.zone:
        made["availability_zone"] = node.zone
    return made


def _of_volume(volume: Volume) -> dict[str, Any]:
    chosen = {"volume_type": volume.type, "availability_zone": volume.zone}
    return {name: value for name, value in chosen.items() if value}
