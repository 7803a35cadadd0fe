"""The ways to run files that a service's components declare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from disco.client import InvalidAnswer, checks
from disco.client.plain_text import UNSAFE

if TYPE_CHECKING:
    from disco.client import Client, Offer

#: characters of a command, and members of a list
MAX_COMMAND, MAX_ITEMS = 2000, 100


@dataclass(frozen=True)
class JobKind:
    """A way to run files.

    Attributes:
        name: what ``--framework`` says.
        component: that runs them.
        base: whether every cluster has that component.
        files: ends of their names, such as ``.py``.
        imports: modules or packages that only such a file uses.
        guess: whether it may be chosen without being named.
        command: in bash.
        stop: ends what outlives a cancelled job's processes; None: nothing does.
    """

    name: str
    component: str
    base: bool
    files: tuple[str, ...]
    imports: tuple[str, ...]
    guess: bool
    command: str
    stop: str | None


@dataclass(frozen=True)
class Offered:
    """What a service has to run files with.

    Attributes:
        kinds: in the components' order.
        brings: the components that come with one.
    """

    kinds: tuple[JobKind, ...]
    brings: Mapping[str, tuple[str, ...]]

    def components_of(self, frameworks: Iterable[str]) -> set[str]:
        """The components of a cluster that was made of these."""
        named = set(frameworks)
        return named.union(*(self.brings.get(name, ()) for name in named))


def offered_kinds(client: Client) -> Offered:
    """What the service declares; what came with this command where the service is older.

    Raises:
        InvalidAnswer: a declaration is none.
    """
    mixins = [m for m in client.frameworks().mixins if m.details]
    brings = {m.name: _texts(m.details.get("brings", [])) for m in mixins}
    if any("jobs" in m.details for m in mixins):
        kinds = [kind for m in mixins for kind in _read_kinds(m)]
    else:
        known = {m.name for m in mixins}
        kinds = [
            kind for kind in built_in_kinds() if kind.base or not known or kind.component in known
        ]
    return Offered(tuple(kinds), brings)


def built_in_kinds() -> list[JobKind]:
    """Those of the frameworks that came with this command."""
    from disco.components.loader import load_catalogue
    from disco.data_files import data_dir

    return [
        JobKind(job.name, c.name, c.base, job.files, job.imports, job.guess, job.command, job.stop)
        for c in load_catalogue(data_dir() / "frameworks").values()
        for job in c.jobs
    ]


def _read_kinds(offer: Offer) -> list[JobKind]:
    listed = offer.details.get("jobs") or []
    if not isinstance(listed, list) or len(listed) > MAX_ITEMS:
        raise InvalidAnswer(f"Invalid jobs of {offer.name}: a list is expected.")
    return [_read_kind(offer, checks.mapping(raw, "job of a framework")) for raw in listed]


def _read_kind(offer: Offer, raw: Mapping[str, Any]) -> JobKind:
    name = checks.word(raw.get("name"), "name of a job's framework")
    command, stop = raw.get("command"), raw.get("stop")
    if not _is_script(command) or not (stop is None or _is_script(stop)):
        raise InvalidAnswer(f"Invalid command of {name} jobs.")
    return JobKind(
        name,
        offer.name,
        offer.details.get("base") is True,
        _texts(raw.get("files")),
        _texts(raw.get("imports", [])),
        raw.get("guess") is not False,
        str(command),
        None if stop is None else str(stop),
    )


def _is_script(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_COMMAND and not UNSAFE.search(value)


def _texts(value: object) -> tuple[str, ...]:
    """A list of short texts.

    Raises:
        InvalidAnswer: it is another thing.
    """
    is_list = isinstance(value, list) and len(value) <= MAX_ITEMS
    if not isinstance(value, list) or not is_list or not all(map(_is_short, value)):
        raise InvalidAnswer("Invalid jobs of a framework: a list of names is expected.")
    return tuple(value)


def _is_short(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 100 and value.isprintable()
