"""What to do about the commonest reasons for which a job fails, by its last words."""

from __future__ import annotations

import re

_NO_MODULE = re.compile(r"ModuleNotFoundError: No module named '([\w.]{1,100})'")
#: of a file system that all nodes see; the user's own part of the path
_NO_PATH = re.compile(r"PATH_NOT_FOUND\] Path does not exist: (?:webhdfs|hdfs)://[^\s/]+/")


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
