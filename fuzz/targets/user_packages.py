"""Lists of packages, scripts and variables; nothing that passes is more than a word of a shell."""

from __future__ import annotations

import contextlib
import re

from disco.user_packages import (
    check_variable,
    list_variable_faults,
    parse_apt,
    parse_jars,
    parse_pip,
    read_bootstrap,
    split_list,
)
from fuzz.target import Broken, Target

#: of names, versions and addresses; the rest of the shell's characters stands in quotes
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+:~/%=&?\[\]<>!*,-]*")


def run(data: bytes) -> str:
    """Read the same text as each of them."""
    text = data.decode("utf-8", "replace")
    found: list[object] = []
    for parse in (parse_apt, parse_pip):
        with contextlib.suppress(ValueError):
            words = parse(text)
            if not all(map(_WORD.fullmatch, words)):
                raise Broken(f"{words} are no words")
            found.append(words)
    for read in (parse_jars, read_bootstrap, check_variable, split_list):
        with contextlib.suppress(ValueError):
            found.append(read(text))
    found += list_variable_faults(text.split(",")[:200])
    return str(found).encode("utf-8", "replace").decode()


TARGET = Target(
    run,
    refusals=(),
    answer_bytes=1 << 20,
    dictionary=(
        *("libgomp1", "htop=3.2.2-2", "ray[tune]>=2.50,<3", "org.postgresql:postgresql:42.7.4"),
        *("https://example.org/a.jar#sha512=", "0" * 128, "H4sIAAAAAAAC/", "PATH", "@@SIGNAL@@"),
    ),
)
