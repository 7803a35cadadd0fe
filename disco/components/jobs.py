"""How a component runs a file of a user's: the key ``jobs`` of ``component.yaml``.

The commands are the client's to send: they are in no node's user data, so that a cluster of any
age takes jobs, and it costs nodes nothing.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from disco.components.fields import DaemonName, NonEmptyUniqueItems, Part, UniqueItems

Suffix = Annotated[
    str,
    Field(
        pattern=r"^\.[a-z0-9]{1,10}$",
        description="the end of a file's name, such as .py: a dot, then at most 10 lower-case "
        "letters and digits",
    ),
]
Module = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$",
        description="a module of Python or a package of Java, such as pyspark or org.apache.spark",
    ),
]
Script = Annotated[str, Field(min_length=1, max_length=2000, description="a command of bash")]


class Job(Part):
    """One way to run files on the master, as the user that logs in, in a login shell.

    Several may have the same name, for other files.

    ``command`` has the file and its arguments in ``"$@"``, options for the framework's own
    command in ``"${options[@]}"``, and the job's name in ``$DISCO_JOB``; its exit status is the
    job's. ``stop`` ends what outlives the processes of a job that is cancelled.
    """

    name: DaemonName
    files: NonEmptyUniqueItems[Suffix]
    #: a file that uses one of these is meant for it
    imports: UniqueItems[Module] = ()
    #: whether it may be chosen for a file without being named
    guess: bool = True
    command: Script
    stop: Script | None = None
