"""Reads the attribute ``...heat.groups``: groups of workers with a flavor or image of their own.

Parsed as JSON or as a Python literal, and never evaluated.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field

from disco.attributes import (
    GROUPS,
)
from disco.components.injection import MAX_DEPTH, measure_depth
from disco.errors import Fault, InvalidRequest
from disco.formats import check_format
from disco.suggestions import suggest
from disco.worker_numbers import workers_in

ALLOWED = (
    "a dictionary of groups, such as {'gpu': {'count': 2, 'flavor': 'g1.large',"
    " 'image': 'debian-12', 'antiaffinity': True}}; count is needed"
)
MAX_SIZE = 4096
MAX_GROUPS = 8
MAX_COUNT = 400
_NAME = re.compile(r"[a-z]([a-z0-9-]{0,13}[a-z0-9])?")
_SIZES = ("volumesize", "rootvolumesize")
_NAMES = ("flavor", "image", "volumetype", "rootvolumetype", "availabilityzone")
_KEYS = ("count", "flavor", "image", "antiaffinity", "volumesize", "volumetype",
         "rootvolumesize", "rootvolumetype", "availabilityzone")  # fmt: skip
#: GB
MAX_VOLUME = 65536
#: Nova's policies of a server group
_POLICIES = {False: None, True: "anti-affinity", "soft": "soft-anti-affinity"}


@dataclass(frozen=True)
class GroupRequest:
    """A group of workers as a request describes it.

    Attributes:
        name: what its nodes are called, before their number.
        count: how many they are.
        flavor, image: names or ids; None for those of the plain workers.
        policy: Nova's policy of where its servers run, or None.
        volume_gb, volume_type: of each one's volume, 0 for none; None as the plain workers'.
        root_gb, root_type: likewise, of the volume that each boots from.
        zone: Nova's availability zone; None for that of the plain workers.
        given: the keys that the request has; the other members have their defaults.
    """

    name: str
    count: int
    flavor: str | None = None
    image: str | None = None
    policy: str | None = None
    volume_gb: int | None = None
    volume_type: str | None = None
    root_gb: int | None = None
    root_type: str | None = None
    zone: str | None = None
    given: tuple[str, ...] = field(default=(), compare=False)


def parse_groups(text: str) -> tuple[GroupRequest, ...]:
    """Return the groups in the order in which they were given.

    Raises:
        InvalidRequest: with one fault for everything that is wrong.
    """
    if not text.strip():
        return ()
    requested = _read_dictionary(text.strip())
    faults: list[Fault] = []
    groups = [_read_group(name, value, faults) for name, value in requested.items()]
    if len(requested) > MAX_GROUPS:
        faults.append(_fault(f"has {len(requested)} groups", f"at most {MAX_GROUPS} groups"))
    if faults:
        raise InvalidRequest.of(faults)
    return tuple(group for group in groups if group is not None)


def count_groups(text: str) -> dict[str, int]:
    """How many workers each group has; nothing for a text of another form."""
    try:
        return {group.name: group.count for group in parse_groups(text)}
    except InvalidRequest:
        return {}


def read_workers(attributes: Mapping[str, str]) -> dict[int, str]:
    """The groups of a cluster's workers by number, from the cluster's attributes."""
    return workers_in(attributes, count_groups(attributes.get(GROUPS, "")))


def read_count_changes(asked: str, present: str) -> dict[str, int]:
    """Return how many workers the named groups of an existing cluster are to have.

    Raises:
        InvalidRequest: with one fault for every change other than of a count.
    """
    there = {group.name: group for group in parse_groups(present)}
    faults: list[Fault] = []
    wanted = parse_groups(asked)
    if not wanted:
        faults.append(_fault("names no group", "a group with its count"))
    for group in wanted:
        old = there.get(group.name)
        if old is None:
            known = ", ".join(sorted(there)) or "none: the cluster was created without groups"
            faults.append(_fault(f"the cluster has no group {group.name!r}", known))
            continue
        was, now = _describe_kind(old), _describe_kind(group)
        other = [name for name in was if name in group.given and now[name] != was[name]]
        if other:
            message = f"the group {group.name!r} would get another {', another '.join(other)}"
            faults.append(_fault(message, "another count; the rest as it was created"))
    if faults:
        raise InvalidRequest.of(faults)
    return {group.name: group.count for group in wanted}


def _describe_kind(group: GroupRequest) -> dict[str, object]:
    """What a group's workers have, by the keys of a request."""
    return {
        "flavor": group.flavor,
        "image": group.image,
        "antiaffinity": group.policy,
        "volumesize": group.volume_gb,
        "volumetype": group.volume_type,
        "rootvolumesize": group.root_gb,
        "rootvolumetype": group.root_type,
        "availabilityzone": group.zone,
    }


def replace_counts(text: str, counts: Mapping[str, int]) -> str:
    """Return the groups with other counts, as a text that ``parse_groups`` reads."""
    groups = dict(_read_dictionary(text.strip()))
    for name, value in groups.items():
        if isinstance(value, dict) and str(name) in counts:
            groups[name] = {**value, "count": counts[str(name)]}
    return repr(groups)


def _fault(message: str, allowed: str = ALLOWED) -> Fault:
    return Fault(GROUPS, message, allowed, "bad-value")


def _read_dictionary(text: str) -> Mapping[object, object]:
    """The dictionary; size and depth are checked first, since parsers recurse."""
    if len(text.encode("utf-8", "replace")) > MAX_SIZE:
        raise InvalidRequest.of([_fault(f"is longer than {MAX_SIZE} bytes")])
    if measure_depth(text) > MAX_DEPTH:
        raise InvalidRequest.of([_fault(f"is nested deeper than {MAX_DEPTH} levels")])
    for read in (json.loads, ast.literal_eval):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about the caller's escapes, not ours
                value = read(text)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(value, dict):
            return value
        break
    raise InvalidRequest.of([_fault("is not a dictionary of groups")])


def _check_name(name: object, faults: list[Fault]) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        faults.append(
            _fault(f"{_quote(name)} is not a group name", "letters a to z, digits, hyphens; 15")
        )
    else:
        try:
            check_format("hostname", name)
        except ValueError as error:
            faults.append(_fault(f"a group cannot have this name: {error}", "another name"))


def _read_group(name: object, value: object, faults: list[Fault]) -> GroupRequest | None:
    before = len(faults)
    _check_name(name, faults)
    if not isinstance(value, dict):
        faults.append(_fault(f"the group {_quote(name)} is {_quote(value)}"))
        return None
    for key in value:
        if key not in _KEYS:
            meant = suggest(str(key), _KEYS)
            close = f"; did you mean {meant}?" if meant else ""
            message = f"the group {_quote(name)} has {_quote(key)}{close}"
            faults.append(_fault(message, ", ".join(_KEYS)))
    count = value.get("count")
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MAX_COUNT:
        said = _quote(count) if "count" in value else "missing"
        message = f"the count of the group {_quote(name)} is {said}"
        faults.append(_fault(message, f"a whole number from 1 to {MAX_COUNT}"))
    for key in _SIZES:
        size = value.get(key, 0)
        if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= MAX_VOLUME:
            message = f"the {key} of the group {_quote(name)} is {_quote(size)}"
            faults.append(_fault(message, f"GB, a whole number from 0 to {MAX_VOLUME}"))
    for key in _NAMES:
        wanted = value.get(key, "x")
        if not isinstance(wanted, str) or not wanted.strip():
            message = f"the {key} of the group {_quote(name)} is {_quote(wanted)}"
            faults.append(_fault(message, "a name or an id"))
    spread = value.get("antiaffinity", False)
    if not isinstance(spread, bool) and spread != "soft":
        message = f"antiaffinity of the group {_quote(name)} is {_quote(spread)}"
        faults.append(_fault(message, "true, false, 'soft'"))
    if len(faults) > before:
        return None
    return GroupRequest(
        str(name),
        int(count or 0),
        value.get("flavor"),
        value.get("image"),
        _POLICIES[spread],
        value.get("volumesize"),
        value.get("volumetype"),
        value.get("rootvolumesize"),
        value.get("rootvolumetype"),
        value.get("availabilityzone"),
        tuple(map(str, value)),
    )


def _quote(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
