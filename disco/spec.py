"""What a cluster is, once the request was checked and before it is rendered."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from disco.node_network import DIRECT, NodeNetwork
from disco.worker_numbers import PLAIN, script_name, worker_name

#: the original's clusters have the name and no tags; they are ours, too
STACK_NAME = re.compile(r"^disco_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$")

#: before the stack's name in that of a key pair that DISCO makes, and removes with the cluster
KEY_PAIR_PREFIX = "disco_sshkey-"


def stack_name(cluster_id: str) -> str:
    """Name the stack of a cluster; stack names are unique in a project."""
    return f"disco_{cluster_id}"


@dataclass(frozen=True)
class Flavor:
    """A Nova flavor, as far as sizing needs it (MiB, cores, GiB)."""

    id: str
    name: str
    ram_mb: int
    vcpus: int
    disk_gb: int


@dataclass(frozen=True)
class Network:
    """The cluster's network and the addresses on it.

    Addresses follow from the CIDR and the master's place in it: worker i (from 1) is
    i places behind. So every node knows every name and address from its first
    second, and growing the cluster changes nothing on nodes that exist.

    Attributes:
        name: of the network.
        external: id of the network that floating IPs are of; empty for none.
        cidr: addresses of the subnet.
        dns: name servers; of an existing subnet those that it has.
        base: the master's place in the CIDR.
        room: how many workers have an address; None where the subnet is the cluster's.
        id, subnet: of an existing network and its subnet; empty for a new one.
        guarded: whether Neutron keeps ports closed there (port security).
        dhcp: whether nodes are told their addresses there.
        mtu: bytes of a packet; None where Neutron does not say.
    """

    name: str
    external: str
    cidr: ipaddress.IPv4Network
    dns: tuple[str, ...] = ()
    base: int = 10
    room: int | None = None
    id: str = ""
    subnet: str = ""
    guarded: bool = True
    dhcp: bool = True
    mtu: int | None = None

    #: the top of the subnet is left to Neutron's own ports (DHCP and the like)
    POOL_SIZE = 16

    @property
    def gateway(self) -> str:
        """The router's address: the first of the subnet."""
        return str(self.cidr[1])

    @property
    def master_address(self) -> str:
        """The master's fixed address."""
        return str(self.cidr[self.base])

    def worker_address(self, index: int) -> str:
        """The fixed address of worker ``index``, counted from 1."""
        if not 1 <= index <= self.capacity:
            raise ValueError(f"worker {index} has no address in {self.cidr}")
        return str(self.cidr.network_address + self.base + index)

    @property
    def capacity(self) -> int:
        """How many workers the subnet has room for."""
        if self.room is not None:
            return self.room
        return self.cidr.num_addresses - 2 - self.base - self.POOL_SIZE

    @property
    def pool(self) -> tuple[str, str]:
        """First and last address that Neutron may give to its own ports."""
        return str(self.cidr[-1 - self.POOL_SIZE]), str(self.cidr[-2])


@dataclass(frozen=True)
class Volume:
    """A volume of a node's own, to boot from or for the frameworks' data.

    Attributes:
        size_gb: GiB.
        type: id of the volume type; None for the cloud's default.
        zone: Cinder's availability zone; None for the cloud's default.
    """

    size_gb: int
    type: str | None = None
    zone: str | None = None


@dataclass(frozen=True)
class NodeGroup:
    """All nodes of one role: what they boot from, what they are called, and their volume.

    ``root`` is the volume that they boot from, whose size the flavor's ``disk_gb`` then is;
    ``zone`` is Nova's availability zone. None leaves both to the cloud.
    """

    role: str  # "master" or "worker"
    image: str
    flavor: Flavor
    name: str
    count: int = 1
    volume: Volume | None = None
    root: Volume | None = None
    zone: str | None = None


@dataclass(frozen=True)
class WorkerGroup:
    """Workers beside the plain ones, which are unlike them.

    They go on with the workers' numbers, names and addresses, so that frameworks take
    them for what they are; ``alias`` is their own name, which all nodes know, too.

    Attributes:
        name: of the group.
        alias: host names of its nodes, to which -1, -2, ... is added.
        image, flavor: what they boot from.
        count: how many they are.
        policy: Nova's policy of where they run, or None.
        volume: of each of them.
        root, zone: as of a `NodeGroup`.
    """

    name: str
    alias: str
    image: str
    flavor: Flavor
    count: int
    policy: str | None = None
    volume: Volume | None = None
    root: Volume | None = None
    zone: str | None = None


@dataclass(frozen=True)
class Worker:
    """One worker: its place among all of them, and what it is made of.

    Attributes:
        number: from 1; plain workers come first.
        name, address: which all nodes know.
        script: the file that is its user data.
        image, flavor: what it boots from.
        group: its group; None for a plain one.
        volume: its own.
        root, zone: as of a `NodeGroup`.
    """

    number: int
    name: str
    address: str
    script: str
    image: str
    flavor: Flavor
    group: WorkerGroup | None = None
    volume: Volume | None = None
    root: Volume | None = None
    zone: str | None = None


@dataclass(frozen=True)
class ClusterSpec:
    """Everything rendering needs: pure data, no clock, no randomness, no I/O.

    Attributes:
        id: the cluster's UUID; the stack is called ``disco_<id>``.
        master, workers: the two node groups.
        groups: workers beside the plain ones.
        network: the cluster's network.
        ssh_key_name: name of the Nova key pair the nodes get.
        ssh_public_key: the public key of a key pair that the stack is to
            create; None when ``ssh_key_name`` is the user's own.
        allowed_cidr: from where unauthenticated user interfaces may be
            reached; None for nowhere.
        floating: which nodes get floating IPs: none, master or all.
        config_drive: whether nodes read their user data from a drive of their own.
        wait: whether the stack waits for the nodes' signal.
        timeout_s: deadline of a node's installation in seconds.
        mirror: base URL of the operator's mirror, or None.
        outside: how nodes reach what is outside.
        ttl_s: seconds that the cluster lives; 0 for as long as it likes.
        idle_s: seconds without work after which it ends; 0 for any number.
        auth_url, heat_url: of Keystone and Heat (for the project) as nodes reach them;
            needed where there is an end.
        properties: checked property values, by component and property name.
        secrets: values of secret properties (given or derived), likewise.
        attributes: the OCCI attributes as the client sent them, without
            secrets; they travel in the stack.
    """

    id: str
    master: NodeGroup
    workers: NodeGroup
    network: Network
    ssh_key_name: str
    ssh_public_key: str | None
    groups: tuple[WorkerGroup, ...] = ()
    allowed_cidr: str | None = None
    floating: str = "master"
    config_drive: bool = False
    wait: bool = True
    timeout_s: int = 1800
    mirror: str | None = None
    outside: NodeNetwork = DIRECT
    ttl_s: int = 0
    idle_s: int = 0
    auth_url: str = ""
    heat_url: str = ""
    properties: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def worker_count(self) -> int:
        """How many workers there are, those of groups included."""
        return self.workers.count + sum(group.count for group in self.groups)

    @property
    def flavors(self) -> tuple[Flavor, ...]:
        """The flavors of all nodes."""
        return (self.master.flavor, self.workers.flavor, *(g.flavor for g in self.groups))

    @property
    def numbers_by_kind(self) -> list[range]:
        """The numbers of the plain workers, and of each group's: they follow one another."""
        kinds, first = [], 1
        for count in (self.workers.count, *(group.count for group in self.groups)):
            kinds.append(range(first, first + count))
            first += count
        return kinds

    def worker_table(self) -> Iterator[Worker]:
        """All workers in the order of their numbers."""
        places: list[WorkerGroup | None] = [None] * self.workers.count
        for group in self.groups:
            places += [group] * group.count
        for number, place in enumerate(places, start=1):
            source = place or self.workers
            yield Worker(
                number,
                worker_name(self.workers.name, number),
                self.network.worker_address(number),
                script_name(place.name if place else PLAIN),
                source.image,
                source.flavor,
                place,
                source.volume,
                source.root,
                source.zone,
            )

    @property
    def ends(self) -> bool:
        """Whether it ends by itself."""
        return bool(self.ttl_s or self.idle_s)

    @property
    def stack_name(self) -> str:
        """The name of the cluster's stack."""
        return stack_name(self.id)


@dataclass(frozen=True)
class StackResources:
    """The resources of a stack's template, for counting them.

    Workers of one kind are alike but for number, name and address, so one of them stands for all.

    Attributes:
        fixed: those that no worker has for itself.
        kinds: those of one worker of each kind, and how many workers are of it; the plain
            workers come first.
    """

    fixed: Sequence[Mapping[str, Any]]
    kinds: Sequence[tuple[Sequence[Mapping[str, Any]], int]]

    def counted(self) -> Iterator[tuple[Mapping[str, Any], int]]:
        """Each resource, and how many there are like it."""
        yield from ((resource, 1) for resource in self.fixed)
        yield from ((resource, times) for kind, times in self.kinds for resource in kind)

    def with_plain_workers(self, count: int) -> StackResources:
        """The same with another number of plain workers."""
        (plain, _), *groups = self.kinds
        return StackResources(self.fixed, [(plain, count), *groups])

    def __len__(self) -> int:
        return sum(times for _, times in self.counted())


@dataclass(frozen=True)
class RenderedStack:
    """What Heat is given: one template, its nested templates, its tags.

    ``user_data`` is what the nodes of each role will run, kept beside the
    template so that preview, size checks and tests can look at it; the
    placeholders that Heat replaces (``@@...@@``) are still in it.
    ``resources`` are the template's, read back from it: what is counted is
    what is sent. ``scripts`` are what user data are made by, for
    making them again.
    """

    template: str
    files: Mapping[str, str]
    user_data: Mapping[str, str]
    parameters: Mapping[str, str] = field(repr=False)
    tags: tuple[str, ...]
    resources: StackResources = StackResources((), ())
    scripts: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
