"""Text from outside, as it may be shown on a terminal."""

from __future__ import annotations

import re

#: control characters except tab and line feed, other line ends, half surrogate pairs, and
#: characters that change the writing direction
UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
#: a user and a password in an address (RFC 3986, section 3.2.1)
_LOG_IN = re.compile(r"(?<=://)[^/?#\s@]{1,1000}@")


def plain_text(text: str) -> str:
    """``text`` with a ``?`` for each character that controls a terminal.

    Much of what a service says comes from nodes, and from other members of a project.
    """
    return UNSAFE.sub("?", text)


def without_log_ins(text: str) -> str:
    """``text`` without the users and passwords of addresses in it."""
    return _LOG_IN.sub("", text)
