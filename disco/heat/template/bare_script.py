"""A script without what only people need: comments, docstrings, blank lines, indentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

#: but the first line of a script, and exceptions of shellcheck
_COMMENT = re.compile(r"^[ \t]*#(?!!| shellcheck disable).*\n", re.M)
#: after code on the same line, where no quote can be open
_REMARK = re.compile(r"""^([^'"#\n]*(?:(?:'[^'\n]*'|"[^"\\\n]*")[^'"#\n]*)*\S)[ \t]+# .*$""", re.M)
_ALONE = re.compile(r"^#(?!!| shellcheck disable).*\n", re.M)
#: alone on its lines: nothing has a string as a statement but for people
_DOCSTRING = re.compile(r'^[ ]*"""(?:[^"\\]|"(?!""))*"""\n', re.M)
#: of the here-documents that are programs of the node base
_PYTHON = "PYTHON"
_BLANK = re.compile(r"\n{2,}")
_HERE_DOCUMENT = re.compile(r"(?<!<)<<(?!<)\s*'?([A-Z][A-Z_0-9]*)'?")


@lru_cache(maxsize=32)
def bare(text: str) -> str:
    """The script, which does the same, for user data that has no room for more.

    The node base's libraries are the same for all clusters, so what was made of them is kept.
    It must have no string over several lines that begins a line with spaces or has blank lines.
    """
    text = _DOCSTRING.sub("", text)
    text = _BLANK.sub("\n", _REMARK.sub(r"\1", _COMMENT.sub("", text)))
    return "".join(_dedent(text))


def without_comments(text: str) -> str:
    """The script without comments on lines of their own, whatever is quoted on the others."""
    return _ALONE.sub("", text)


def _dedent(text: str) -> Iterator[str]:
    """Without bash's indentation, and a column for each level of Python's; files stay."""
    end = None
    for line in text.splitlines(keepends=True):
        if end is None:
            opened = _HERE_DOCUMENT.search(line)
            end = opened[1] if opened else None
            yield line.lstrip(" ")
            continue
        inner = line.lstrip(" ")
        yield " " * ((len(line) - len(inner)) // 4) + inner if end == _PYTHON else line
        end = None if line.strip() == end else end
