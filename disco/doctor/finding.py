"""What a check says: a line, whether it is good, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from disco.openstack.catalog import CloudCatalogue
from disco.openstack.session import Login
from disco.suggestions import name_some

State = Literal["good", "warning", "failed"]
#: names shown in a line
SHOWN = 8


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        check: what was looked at, in a word or two.
        state: ``failed`` keeps clusters from working; ``warning`` may.
        text: what was seen.
        todo: what to do about it; empty where it is good.
    """

    check: str
    state: State
    text: str
    todo: str = ""

    def as_data(self) -> dict[str, str]:
        """For programs."""
        data = {"check": self.check, "state": self.state, "text": self.text}
        return {**data, "todo": self.todo} if self.todo else data


@dataclass(frozen=True)
class Wanted:
    """The cluster that the project is to have room for; names None where any will do."""

    workers: int = 2
    image: str | None = None
    flavor: str | None = None
    external_network: str | None = None


@dataclass
class Patient:
    """A cloud and a project, as the caller sees them.

    Attributes:
        login: the caller's session.
        wanted: the cluster.
        clocks: by service, how many seconds its clock is ahead of this machine's.
    """

    login: Login
    wanted: Wanted = field(default_factory=Wanted)
    clocks: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cloud = CloudCatalogue(self.login)


Findings = Iterator[Finding]


def good(check: str, text: str) -> Finding:
    """A line about what is as it should be."""
    return Finding(check, "good", text)


def warning(check: str, text: str, todo: str) -> Finding:
    """A line about what may keep some clusters from working."""
    return Finding(check, "warning", text, todo)


def failed(check: str, text: str, todo: str) -> Finding:
    """A line about what keeps clusters from working."""
    return Finding(check, "failed", text, todo)


def listed(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    return name_some(names, SHOWN)
