"""What a service or a node says, checked before anything is done with it.

Ids, names, addresses and ports become words of command lines, lines of ssh's configuration,
URLs and paths. They come from stacks, which every member of a project can make, and from
services and nodes that may be somebody else's. Each function gives the value as it may be used.

Raises:
    InvalidAnswer: every function, for a value that is something else.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from disco.client.errors import InvalidAnswer
from disco.client.plain_text import plain_text
from disco.untrusted import Malformed, one_line, read_time

#: characters of a text that is only shown
MAX_TEXT = 20_000
#: of a private key
MAX_KEY = 64 * 1024
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: a label of RFC 1123
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
#: of components, groups, steps, statuses
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_STEP = re.compile(rf"{_WORD.pattern}(?::{_WORD.pattern})?")
#: of services newer and older than this client: what needs no quoting in a URL (RFC 3986)
_MARKER = re.compile(r"[A-Za-z0-9._~-]{0,20000}")
_PATH = re.compile(r"/[A-Za-z0-9._~!$&()*+,;=:@%/?#-]{0,1999}")
_KEY = re.compile(r"[\n\t -~]+")


def cluster_id(value: object) -> str:
    """The id of a cluster: a UUID as Python and Heat write it."""
    return _matching(_UUID, value, "cluster id", "an id is a UUID")


def host_name(value: object, what: str = "name of a node") -> str:
    """The name of a node: one label, so that it is no option, pattern, address or path."""
    return _matching(_HOST, value, what, "a host name has letters, digits and hyphens")


def word(value: object, what: str) -> str:
    """The name of a component, group or status."""
    return _matching(_WORD, value, what, "it has letters, digits, hyphens, dots and underscores")


def marker(value: object) -> str:
    """The id of an event."""
    return _matching(_MARKER, value, "marker of events", "it has letters, digits and .~-_")


def path(value: object) -> str:
    """The path of a page, ``/`` first: with anything before it a URL has another host."""
    return _matching(_PATH, value, "path of an interface", "it begins with / and has no blanks")


def is_step(value: object) -> bool:
    """Whether this names a step, such as ``dask:installed``, and no other file than its log."""
    return isinstance(value, str) and _STEP.fullmatch(value) is not None


def is_host_name(value: object) -> bool:
    """Whether this can be the name of a node."""
    return isinstance(value, str) and _HOST.fullmatch(value) is not None


def address(value: object, what: str = "address") -> str:
    """An IP address that one machine can have, in its usual form."""
    try:
        # a zone may have any characters
        if not isinstance(value, str) or "%" in value or len(value) > 45:
            raise ValueError
        ip = ipaddress.ip_address(value)
    except ValueError:
        raise _odd(value, what, "it is not an IP address") from None
    if ip.is_multicast or ip.is_unspecified:
        raise _odd(value, what, "no machine has this IP address")
    return str(ip)


def port(value: object) -> int:
    """The number of a TCP port."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
        raise _odd(value, "port", "a port is a number from 1 to 65535")
    return value


def url(value: object, host: str | None, number: int, page: str) -> str:
    """The URL of a page: http or https, and the cluster's own address, the page's port and path."""
    there = f"[{host}]" if host and ":" in host else host
    expected = [f"{scheme}://{there}:{number}{page}" for scheme in ("http", "https")]
    if host is None or value not in expected:
        raise _odd(value, "address of an interface", "it does not lead to the cluster")
    return str(value)


def private_key(value: object) -> str:
    """A private key as text: lines of ASCII."""
    text = value.replace("\\n", "\n") if isinstance(value, str) else ""
    if len(text) > MAX_KEY or not _KEY.fullmatch(text):
        raise InvalidAnswer("Invalid private key: a key is text in ASCII.")
    return str(value)


def time(value: object) -> str:
    """A time in ISO 8601."""
    try:
        read_time(value)  # type: ignore[arg-type]
    except Malformed:
        raise _odd(value, "time of an event", "a time is written as in ISO 8601") from None
    return str(value)


def text(value: object) -> str:
    """Any value as text to be shown: bounded, and without control characters."""
    return "" if value is None else plain_text(str(value)[:MAX_TEXT])


def optional(value: object, check: Any, *more: Any) -> Any:
    """The value after its check; None where there is none."""
    return None if value is None or value == "" else check(value, *more)


def mapping(value: object, what: str) -> Mapping[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise InvalidAnswer(f"Invalid {what}: not a JSON object.")
    return value


def _matching(pattern: re.Pattern[str], value: object, what: str, rule: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise _odd(value, what, rule)
    return value


def _odd(value: object, what: str, rule: str) -> InvalidAnswer:
    # digits of a number may be too many to be written
    shown = f' "{plain_text(one_line(value, 80))}"' if isinstance(value, str) else ""
    return InvalidAnswer(f"Invalid {what}{shown}: {rule}.")
