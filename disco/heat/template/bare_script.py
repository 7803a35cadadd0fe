"""A script without what only people need: comments, blank lines, indentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

#: but the first line of a script, and exceptions of shellcheck
_COMMENT = re.compile(r"^[ \t]*#(?!!| shellcheck disable).*\n", re.M)
#: after code on the same line, where no quote can be open
_REMARK = re.compile(r"""^([^'"#\n]*(?:(?:'[^'\n]*'|"[^"\\\n]*")[^'"#\n]*)*\S)[ \t]+# .*$""", re.M)
_BLANK = re.compile(r"\n{2,}")
_HERE_DOCUMENT = re.compile(r"(?<!<)<<(?!<)\s*'?([A-Z][A-Z_0-9]*)'?")


@lru_cache(maxsize=32)
def bare(text: str) -> str:
    """The script, which does the same, for user data that has no room for more.

    The node base's libraries are the same for all clusters, so what was made of them is kept.
    It must have no string over several lines that begins a line with spaces or has blank lines.
    """
    text = _BLANK.sub("\n", _REMARK.sub(r"\1", _COMMENT.sub("", text)))
    return "".join(_dedent(text))


def _dedent(text: str) -> Iterator[str]:
    """Without the indentation of bash; here-documents are Python and files, and stay."""
    end = None
    for line in text.splitlines(keepends=True):
        if end is None:
            opened = _HERE_DOCUMENT.search(line)
            end = opened[1] if opened else None
            yield line.lstrip(" ")
        else:
            yield line
            end = None if line.strip() == end else end
