"""Why a job failed, and what to do about the commonest reasons, by its last words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from disco.client.plain_text import plain_text

_NO_MODULE = re.compile(r"ModuleNotFoundError: No module named '([\w.]{1,100})'")
#: of a file system that all nodes see
_NO_PATH = re.compile(r"PATH_NOT_FOUND\] Path does not exist: (?:webhdfs|hdfs)://[^\s/]+/")

#: Python's and Java's; of causes of causes, the first one is told last
_EXCEPTION = re.compile(
    r'^(?:Exception in thread "[^"\n]{1,100}" |Caused by: )?'
    r"((?:[A-Za-z_$][\w$]*\.)*[A-Za-z_]\w*(?:Error|Exception|Interrupt)(?:: [^\r\n]*)?)\s*$",
    re.M,
)
_MOST = 300  # characters of a message


def lines_of(said: str, install: str) -> Iterator[str]:
    """The lines that say why a job has failed, and what helps; arguments as of `hint_of`."""
    if found := list(_EXCEPTION.finditer(said)):
        yield f"The last exception that it told of: {plain_text(found[-1][1])[:_MOST]}"
    if hint := hint_of(said, install):
        yield hint


def hint_of(said: str, install: str) -> str:
    """What helps a job that has failed; empty if nothing is known to.

    Args:
        said: the end of what it wrote to standard error.
        install: the words that bring a package of Python, without its name.
    """
    if found := list(_NO_MODULE.finditer(said)):
        name = found[-1][1].partition(".")[0]
        return (
            f"{install} PACKAGE brings the package that has {name} to all nodes;"
            f" a module of your own is sent with --with."
        )
    if _NO_PATH.search(said):
        return (
            "Spark reads where all nodes see it, and what --with sends is on the master alone:"
            " copy it there with hdfs dfs -put."
        )
    return ""
