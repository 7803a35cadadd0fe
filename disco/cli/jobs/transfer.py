"""Files of jobs: sent to a cluster's master, and fetched from there."""

from __future__ import annotations

import contextlib
import os
import stat
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

from disco.cli.exit_status import CommandError, Status, reason_of
from disco.cli.jobs.channel import Channel, Lost
from disco.cli.jobs.on_node import END
from disco.cli.jobs.pieces import MIN_RATE, read_pieces
from disco.cli.jobs.records import read_count
from disco.cli.output import note
from disco.client import InvalidAnswer
from disco.client.plain_text import UNSAFE

#: names that jobs have in their folder
RESERVED = ("output", END)
#: files and folders of one fetch, characters of a path, and folders in each other
MAX_FILES, MAX_PATH, MAX_DEPTH = 100_000, 1000, 50
#: bytes of all files of one fetch, unless told otherwise
MAX_BYTES = 10 << 30
#: seconds of a fetch in any case; each further one must bring MIN_RATE bytes
MIN_SECONDS = 300.0
#: bytes that a line counts for
_OF_A_LINE = 100
#: the note of a run that is over, among its results; no job's file has its name
NOTE = ".disco-run.json"


def check_files(paths: Sequence[str]) -> list[Path]:
    """The files and folders to send, the job's own file first.

    Raises:
        CommandError: with all that cannot be sent.
    """
    faults: list[str] = []
    found: dict[str, Path] = {}
    for text in paths:
        path = Path(text).expanduser()
        # "folder/.." and "." have names, too
        name = path.name if path.name not in ("", "..") else path.resolve().name
        if not path.exists():
            faults.append(f"{text}: no such file.")
        elif found and not (path.is_file() or path.is_dir()):
            faults.append(f"{text}: neither a file nor a folder.")
        elif not found and not path.is_file():
            faults.append(f"{text} is not a file. A job is a file; send folders with --with.")
        elif not os.access(path, os.R_OK):
            faults.append(f"{text}: permission denied.")
        elif name in RESERVED or not name or UNSAFE.search(name) or "\n" in name:
            faults.append(f'{text}: a job cannot have a file of the name "{name}".')
        elif name in found:
            faults.append(f'{text}: there are two files of the name "{name}".')
        else:
            found[name] = path
    if faults:
        raise CommandError("\n".join(faults), Status.USAGE)
    return list(found.values())


def write_files(paths: Sequence[Path], out: IO[bytes]) -> None:
    """Write files and folders as an archive whose last member says that it is whole.

    Raises:
        CommandError: one of them cannot be read.
    """
    try:
        with tarfile.open(fileobj=out, mode="w|", dereference=True) as tree:
            for path in paths:
                name = path.name if path.name not in ("", "..") else path.resolve().name
                for each, its_name in _with_contents(path, name):
                    tree.add(each, its_name, recursive=False, filter=_anonymous)
            tree.addfile(tarfile.TarInfo(END))
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CommandError(
            f"Cannot read {error.filename or 'a file'} ({reason_of(error)}).", Status.USAGE
        ) from error


def _with_contents(
    path: Path, name: str, above: frozenset[tuple[int, int]] = frozenset()
) -> Iterator[tuple[Path, str]]:
    """A file, or a folder with all that is in it; links are followed, and not in a circle."""
    status = path.stat()
    if not stat.S_ISDIR(status.st_mode):
        yield path, name
        return
    this = (status.st_dev, status.st_ino)
    if this in above:
        note(f"disco: {path} is not sent: it is a link to a folder that it is in.")
        return
    yield path, name
    for entry in sorted(os.listdir(path)):
        yield from _with_contents(path / entry, f"{name}/{entry}", above | {this})


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member if member.isreg() or member.isdir() else None


class Fetched(NamedTuple):
    """How many files were fetched, and how many cannot be: links among them are not counted."""

    files: int
    left: int


def fetch(
    channel: Channel,
    job: str,
    path: str,
    into: Path,
    most: int = MAX_BYTES,
    tick: Callable[[], None] | None = None,
) -> Fetched:
    """Fetch a file or folder of a job; what is in its folder output goes into the folder ``into``.

    Another file or folder gets its own name there, whatever the master says of it. Nothing is
    written elsewhere or through links, and links and devices not at all. Files that are there are
    written anew.

    Args:
        channel: to the master.
        job: its name.
        path: below the job's folder.
        into: folder for it.
        most: bytes.
        tick: called again and again meanwhile.

    Raises:
        CommandError: there is no such file, it is too large, it comes too slowly, or it cannot be
            written.
        Lost: the connection ended before all was there.
        InvalidAnswer: the master says names that none of a job's files has, or something else.
    """
    request = {"job": job, "path": path}
    with channel.opened("fetch", request) as process:
        pieces = read_pieces(process)
        told, _ = next(pieces)
        channel.refuse(told, request)
        given = _Given(into, path, told.get("is_folder") is True, most)
        try:
            for told, piece in pieces:
                given.take(told, piece)
                if tick:
                    tick()
                if "end" in told:
                    return Fetched(given.files, given.left + read_count(told.get("left")))
            raise Lost  # "refused", in the middle
        except OSError as error:
            where = error.filename or into
            raise CommandError(
                f"Cannot write {where} ({reason_of(error)}).", Status.FAILED
            ) from error
        finally:
            given.abandon()


def has_results(channel: Channel, job: str) -> bool:
    """Whether a job has left a file in its folder output; no where that cannot be told."""
    request = {"job": job, "path": "output"}
    with (
        contextlib.suppress(Lost, CommandError, InvalidAnswer),
        channel.opened("fetch", request) as process,
    ):
        return any("file" in told for told, _ in islice(read_pieces(process), MAX_DEPTH))
    return False


class _Given:
    """What a master gives, written below a folder; each file is there as a whole or not at all."""

    def __init__(self, into: Path, path: str, is_folder: bool, most: int) -> None:
        self.files = self.left = 0
        # "output/" and "./output" are that folder, too
        asked = [part for part in PurePosixPath(path).parts if part not in (".", "..", "/")]
        self._into, self._is_folder, self._most = into, is_folder, most
        self._above = tuple(asked[-1:]) if asked != ["output"] or not is_folder else ()
        self._members = self._size = self._said = 0
        self._began = time.monotonic()
        self._draft: IO[bytes] | None = None
        self._place: tuple[Path, Path] | None = None

    def take(self, told: Mapping[str, Any], piece: bytes) -> None:
        """Take the next line and its bytes."""
        self._said += len(piece) + _OF_A_LINE
        seconds = time.monotonic() - self._began
        if seconds > MIN_SECONDS + self._said / MIN_RATE:
            raise CommandError("The master sends too slowly.", Status.UNAVAILABLE)
        if piece:
            self._size += len(piece)
            self._check_limits()
            if self._draft is not None:
                self._draft.write(piece)
            return
        self._finish()
        for kind in ("file", "folder"):
            if kind in told:
                self._begin(told[kind], kind, told.get("runs") is True)

    def abandon(self) -> None:
        """Leave what has not come as a whole."""
        with contextlib.suppress(OSError):  # what a full disk did not take is tried once more
            if self._draft is not None:
                self._draft.close()
        with contextlib.suppress(OSError):
            if self._place is not None:
                self._place[0].unlink(missing_ok=True)

    def _begin(self, name: object, kind: str, runs: bool) -> None:
        self._members += 1
        self._check_limits()
        parts = (*self._above, *_parts(name)) if self._is_folder else self._above
        if not parts or (not self._is_folder and (kind != "file" or self._members > 1)):
            raise InvalidAnswer("The master gives something else than the file that is fetched.")
        if len(parts) == 1 and parts[0].casefold() == NOTE:  # some disks take both for one
            self.left += 1
            return
        target = self._into.joinpath(*parts)
        folders = parts if kind == "folder" else parts[:-1]
        for depth in range(1, len(folders) + 1):
            if (folder := self._into.joinpath(*parts[:depth])).is_symlink():
                raise CommandError(
                    f"{folder} is a link; nothing is written through it.",
                    Status.FAILED,
                    "Remove it, or use another folder.",
                )
        if kind == "folder":
            target.mkdir(parents=True, exist_ok=True)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".disco-{os.getpid()}-coming")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        self._place = draft, target
        self._draft = os.fdopen(os.open(draft, flags, 0o777 if runs else 0o666), "wb")
        self.files += 1

    def _finish(self) -> None:
        """Give what has come its name: what is there under a name is whole."""
        if self._draft is not None and self._place is not None:
            self._draft.close()
            os.replace(*self._place)
        self._draft = self._place = None

    def _check_limits(self) -> None:
        if self._size > self._most or self._members > MAX_FILES:
            raise CommandError(
                f"The results have more than {self._most >> 20} MiB or {MAX_FILES} files.",
                Status.FAILED,
                "disco job fetch --max-size allows more; name a path to fetch less.",
            )


def _parts(name: object) -> tuple[str, ...]:
    """The parts of a path below the target.

    Raises:
        InvalidAnswer: it leads elsewhere.
    """
    text = name if isinstance(name, str) else "/"
    path = PurePosixPath(text)
    odd = path.is_absolute() or ".." in path.parts or UNSAFE.search(text) or "\n" in text
    if odd or len(text) > MAX_PATH or not 0 < len(path.parts) <= MAX_DEPTH:
        raise InvalidAnswer("The results have a file with a name that cannot be written here.")
    return path.parts
