"""Where the parts of a node's script are: all in user data, or what comes after the start in Heat.

Nova limits user data. A script that does not fit is divided: facts, the node library and the
start stay; the other steps are a software configuration of the stack, which nodes read with the
token that they signal with. User data has their sha512, whose beginning is their address in Heat.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from disco.heat.template.bare_script import bare, without_comments
from disco.heat.template.packing import packed, packed_for_heat, packed_hard

#: Nova's limit for user data, in bytes after base64.
NOVA_LIMIT = 65535
#: Plain text up to here leaves room for base64 and what Heat puts into it.
PLAIN_LIMIT = 45 * 1024
#: What ``@@SIGNAL@@`` and its like may grow by: a URL of 300 characters, a token of 1000 (JWS).
PLACEHOLDER_ROOM = 1536
#: the step that has the node known, its log server running, and certificates trusted
START = "shell:start"
#: hexadecimal digits of the sha512: Heat's column for a server's id has room for 36 characters
ADDRESS_LENGTH = 32


@dataclass(frozen=True)
class ScriptParts:
    """A node's script in its order.

    Attributes:
        head: facts, with the places that Heat fills.
        library: the functions of the node base.
        variables: users' own, for all steps.
        steps: names, with the function and the call of each.
        smokes: functions of the smoke jobs.
        joining: what comes after the steps on a worker that joins.
        drains: what empties workers.
        end: what comes when all steps are done.
        fetching: the functions that a divided script needs.
        filled: bytes of secrets that Heat puts into the head.
    """

    head: str
    library: str
    variables: str
    steps: Sequence[tuple[str, str, str]]
    smokes: Sequence[str]
    joining: str
    drains: str
    end: str
    fetching: str
    filled: int = 0


@dataclass(frozen=True)
class LaidOut:
    """User data, and what of the script is in Heat at which address; empty for nothing."""

    user_data: str
    scripts: str = ""
    address: str = ""


def user_data_size(text: str, filled: int = 0) -> int:
    """Bytes of user data after base64, with what Heat puts in the place of its placeholders."""
    return 4 * ((len(text.encode()) + filled + PLACEHOLDER_ROOM + 2) // 3)


def lay_out(parts: ScriptParts, divides: bool) -> LaidOut:
    """The script as it is where there is room, else packed, else packed harder, else divided.

    Args:
        parts: of the script.
        divides: whether nodes can read from Heat what user data has no room for. Where they
            cannot, user data may be too large.
    """
    steps = _steps(parts, parts.steps)
    text = parts.head + "\n".join((parts.library, *steps, parts.drains, parts.end))
    if len(text.encode()) + parts.filled <= PLAIN_LIMIT:
        return LaidOut(text)
    # only the node base's are without here-documents in which a number sign may be anything
    head, library = without_comments(parts.head), bare(parts.library)
    ending = bare(parts.drains), bare(parts.end)
    rest = _lines((*steps, *ending))
    if len((head + library + rest).encode()) + parts.filled <= PLAIN_LIMIT:
        return LaidOut(head + library + rest)
    text = head + _packed(head, library, rest, parts.filled)
    if user_data_size(text, parts.filled) <= NOVA_LIMIT or not divides:
        return LaidOut(text)
    moved = "\n".join((*_steps(parts, [s for s in parts.steps if s[0] != START]), *ending))
    start = _lines(text for s in parts.steps if s[0] == START for text in s[1:])
    digest = hashlib.sha512(moved.encode()).hexdigest()
    tail = f'disco_scripts {digest}\n# shellcheck disable=SC1091\n. "$DISCO_STATE/scripts"\n'
    library = f"{library}\n{bare(parts.fetching)}"
    stays = _packed(head + tail, library, start, parts.filled)
    return LaidOut(f"{head}{stays}{tail}", packed_for_heat(moved), digest[:ADDRESS_LENGTH])


def _steps(parts: ScriptParts, steps: Sequence[tuple[str, str, str]]) -> tuple[str, ...]:
    """All functions, and then what calls those of the steps."""
    calls = "".join(call for *_, call in steps)
    functions = (function for _, function, _ in steps)
    return (parts.variables, *functions, *parts.smokes, calls + parts.joining)


def _lines(parts: Iterable[str]) -> str:
    return "".join(f"\n{part}" for part in parts)


def _packed(around: str, library: str, rest: str, filled: int) -> str:
    """Library and rest, packed, or packed harder where that is too long."""
    text = packed(library, rest)
    fits = user_data_size(around + text, filled) <= NOVA_LIMIT
    return text if fits else packed_hard(library + rest)
