"""Numbers and names of a cluster's workers: the only module that knows how they are written.

Workers are numbered from 1 over the whole cluster: first the plain ones, then those of each
group. A worker's host name is the workers' name and its number, the resources that belong to
it end in its number, and its address is that many places behind the master's. A number is not
used twice while a worker of an earlier change may still exist.

Pure: everything follows from the OCCI attributes that travel in the stack.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Mapping

from disco.attributes import (
    CREATED_WORKERS,
    GROUP_WORKERS,
    MASTER_NAME,
    SLAVE_COUNT,
    SLAVE_NAME,
    WORKERS,
)
from disco.untrusted import Malformed, read_int

#: the group of the workers that are in none
PLAIN = ""
#: more workers than a stack can have
MOST = 1000
#: numbers grow with each change of the workers, and no note has more of them than this
_LAST, _MOST_NUMBERS = 9_999_999, 2 * MOST
_DEFAULT_MASTER, _DEFAULT_WORKER = "disco-manager", "disco-worker"
_SERVER = re.compile(r"worker_([1-9][0-9]{0,6})")
#: resources that belong to one worker, and those that belong to the master
_OF_WORKER = re.compile(
    r"(?:worker|port|floating_ip|floating_ip_association|volume|volume_attachment)_([0-9]{1,7})"
)
_OF_MASTER = ("master", "master_port", "floating_ip_association")
#: the master answers for this: it says when workers that leave hold nothing any more
_DRAINED = "drained_"
_GROUP = re.compile(r"[a-z0-9-]{1,63}")
#: the file with the user data of workers; of a group with the group's name after a hyphen
_SCRIPT = re.compile(r"worker(?:-(.+))?\.sh")


# -- numbers as text ----------------------------------------------------------


def write_ranges(numbers: Collection[int]) -> str:
    """Numbers as ``1-3,7``: a server's metadata has room for 255 characters."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def read_ranges(text: str) -> list[int]:
    """The numbers that ``write_ranges`` wrote; none if the text has another form."""
    numbers: list[int] = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        try:
            begin, end = read_int(first, 0, _LAST), read_int(last or first, 0, _LAST)
        except Malformed:
            return []
        # any member of a project can make a stack that says this
        if end - begin + len(numbers) >= _MOST_NUMBERS:
            return []
        numbers += range(begin, end + 1)
    return numbers


def write_groups(groups: Mapping[int, str]) -> str:
    """Numbers by group as ``big:2-3,6 gpu:4``; plain workers are left out."""
    numbers: dict[str, list[int]] = {}
    for number, group in groups.items():
        numbers.setdefault(group, []).append(number)
    return " ".join(
        f"{group}:{write_ranges(its)}" for group, its in sorted(numbers.items()) if group != PLAIN
    )


def read_groups(text: str) -> dict[int, str]:
    """The groups by number that ``write_groups`` wrote; none if the text has another form.

    Any member of a project can write it, and names of groups are shown as they are.
    """
    groups: dict[int, str] = {}
    room = _MOST_NUMBERS
    for word in text.split():
        group, _, its = word.partition(":")
        if not _GROUP.fullmatch(group):
            return {}
        numbers = read_ranges(its)
        room -= max(len(numbers), 1)
        if room < 0:
            return {}
        groups |= dict.fromkeys(numbers, group)
    return groups


# -- which workers a cluster has ----------------------------------------------


def number_groups(plain: int, counts: Mapping[str, int]) -> dict[int, str]:
    """The groups by number at a cluster's creation: plain workers first, then each group."""
    places = [PLAIN] * plain
    for group, count in counts.items():
        places += [group] * count
    return dict(enumerate(places, start=1))


def workers_in(attributes: Mapping[str, str], counts: Mapping[str, int]) -> dict[int, str]:
    """The groups of all workers by number, in the order of the numbers.

    Args:
        attributes: of the cluster.
        counts: how many workers each of its groups has, in the order of its groups.
    """
    count = attributes.get(SLAVE_COUNT, "")
    created = attributes.get(CREATED_WORKERS) or count
    # a note that cannot be read counts as one that is not there
    if plain := read_ranges(attributes.get(WORKERS, "")):
        groups = dict.fromkeys(plain, PLAIN)
    else:
        groups = number_groups(_number(count), {})
    if noted := read_groups(attributes.get(GROUP_WORKERS, "")):
        groups |= noted
    else:
        # groups go on where the plain workers ended when the cluster was created
        at_first = number_groups(_number(created), counts)
        groups |= {number: group for number, group in at_first.items() if group != PLAIN}
    return dict(sorted(groups.items()))


def _number(text: str) -> int:
    try:
        return min(read_int(text, 0, 999_999_999), MOST)
    except Malformed:
        return 0


def first_workers(workers: Mapping[int, str]) -> dict[str, int]:
    """The lowest number of each group, the groups in the order of these numbers."""
    first: dict[str, int] = {}
    for number in sorted(workers):
        first.setdefault(workers[number], number)
    return first


# -- names of nodes -----------------------------------------------------------


def master_name(attributes: Mapping[str, str]) -> str:
    """The master's host name."""
    return attributes.get(MASTER_NAME) or _DEFAULT_MASTER


def worker_name(base: str, number: int) -> str:
    """The host name of a worker; ``base`` is the workers' name, or the alias of a group."""
    return f"{name_prefix(base)}{number}"


def name_prefix(base: str) -> str:
    """What the host names of all workers begin with."""
    return f"{base}-"


def worker_host(attributes: Mapping[str, str], number: int) -> str:
    """The host name of a cluster's worker."""
    return worker_name(attributes.get(SLAVE_NAME) or _DEFAULT_WORKER, number)


def group_alias(base: str, group: str) -> str:
    """The own name of a group's workers: ``disco-big`` where workers are ``disco-worker``."""
    return f"{base.removesuffix('-worker')}-{group}"


def worker_aliases(attributes: Mapping[str, str], counts: Mapping[str, int]) -> dict[int, str]:
    """The second names of workers in groups, by number, of a cluster that was not scaled.

    The nodes know them from the cluster's creation on; the attributes of a cluster that was
    scaled do not say any more how large its groups were then.
    """
    if GROUP_WORKERS in attributes:
        return {}
    base = attributes.get(SLAVE_NAME) or _DEFAULT_WORKER
    workers = workers_in(attributes, counts)
    first = first_workers(workers)
    return {
        number: worker_name(group_alias(base, group), number - first[group] + 1)
        for number, group in workers.items()
        if group != PLAIN
    }


def renumber_name(name: str, number: int, other: int) -> str:
    """The host name of worker ``other``, from the ``name`` of worker ``number``."""
    return f"{name.removesuffix(str(number))}{other}"


def shift_address(address: str, places: int) -> str:
    """The IPv4 address that many places behind ``address``; the master's number is 0.

    Raises:
        Malformed: ``address`` is not one, or there is none so far behind it.
    """
    try:
        return str(ipaddress.IPv4Address(address) + places)
    except ipaddress.AddressValueError as error:
        raise Malformed(f"{address[:64]!r} is not an IPv4 address") from error


# -- names in the stack -------------------------------------------------------


def server_resource(number: int) -> str:
    """The resource that is a worker's server."""
    return renumber_resource("worker", number)


def port_resource(number: int) -> str:
    """The resource that is a worker's port."""
    return renumber_resource("port", number)


def server_number(resource: str) -> int | None:
    """The number of the worker whose server the resource is."""
    match = _SERVER.fullmatch(resource)
    return int(match[1]) if match else None


def ends_in_number(resource: str, number: int) -> bool:
    """Whether a resource's name says that it belongs to this worker."""
    return resource.endswith(f"_{number}")


def renumber_resource(resource: str, number: int | str, before: int | None = None) -> str:
    """The resource's name with a worker's number, in the place of ``before`` if that is given."""
    stem = resource if before is None else resource.removesuffix(f"_{before}")
    return f"{stem}_{number}"


def node_of_resource(resource: str, attributes: Mapping[str, str]) -> str | None:
    """Host name of the node that a resource belongs to; None if it belongs to none."""
    if resource in _OF_MASTER or resource.startswith(_DRAINED):
        return master_name(attributes)
    match = _OF_WORKER.fullmatch(resource)
    return worker_host(attributes, int(match[1])) if match else None


def script_name(group: str) -> str:
    """The name of the user data of a group's workers, without the ending of the file."""
    return f"worker-{group}" if group else "worker"


def group_of_script(file: str) -> str:
    """The group whose workers run this file."""
    match = _SCRIPT.fullmatch(file)
    return (match[1] if match else None) or PLAIN
