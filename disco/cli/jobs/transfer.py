"""Files of jobs: sent to a cluster's master, and fetched from there."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Any

from disco.cli.exit_status import CommandError, Status, reason_of
from disco.cli.jobs.channel import Channel, Lost
from disco.cli.jobs.on_node import END
from disco.client import InvalidAnswer
from disco.client.plain_text import UNSAFE
from disco.untrusted import Malformed, read_json_object

#: names that jobs have in their folder
RESERVED = ("output", END)
#: files and folders of one fetch, characters of a path, and folders in each other
MAX_FILES, MAX_PATH, MAX_DEPTH = 100_000, 1000, 50
#: bytes of all files of one fetch, unless told otherwise
MAX_BYTES = 10 << 30
#: bytes of the line before an archive, and that are copied at once
_MAX_HEAD, _PIECE = 4096, 1 << 20


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
                tree.add(path, name, filter=_anonymous)
            tree.addfile(tarfile.TarInfo(END))
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CommandError(
            f"Cannot read {error.filename or 'a file'} ({reason_of(error)}).", Status.USAGE
        ) from error


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member if member.isreg() or member.isdir() else None


def fetch(channel: Channel, job: str, path: str, into: Path, most: int = MAX_BYTES) -> int:
    """Fetch a file or folder of a job; a folder's content goes into the folder ``into``.

    Nothing is written elsewhere, and links and devices not at all. Files that are there are
    written anew.

    Returns:
        The number of files.

    Raises:
        CommandError: there is no such file, it is too large, or it cannot be written.
        Lost: the connection ended before all was there.
        InvalidAnswer: the archive has names or members that none of a job's has.
    """
    request = {"job": job, "path": path}
    with channel.opened("fetch", request) as process:
        assert process.stdout
        try:
            told: dict[str, Any] = read_json_object(process.stdout.readline(_MAX_HEAD))
        except Malformed:
            raise Lost from None
        channel.refuse(told, request)
        try:
            return _unpack(process.stdout, into, most)
        except tarfile.TarError as error:
            raise Lost from error
        except OSError as error:
            where = error.filename or into
            raise CommandError(
                f"Cannot write {where} ({reason_of(error)}).", Status.FAILED
            ) from error


def _unpack(stream: IO[bytes], into: Path, most: int) -> int:
    files = members = size = 0
    last = ""
    with tarfile.open(fileobj=stream, mode="r|") as tree:
        for member in tree:
            last = member.name
            members += 1
            if last == END:
                break
            parts = _parts(member)
            size += member.size
            if size > most or members > MAX_FILES:
                raise CommandError(
                    f"The results have more than {most >> 20} MiB or {MAX_FILES} files.",
                    Status.FAILED,
                    "disco job fetch --max-size allows more; name a path to fetch less.",
                )
            target = into.joinpath(*parts)
            if member.isdir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(tree.extractfile(member), target, member.mode)
            files += 1
    if last != END:
        raise Lost
    return files


def _parts(member: tarfile.TarInfo) -> tuple[str, ...]:
    """The parts of a member's path below the target.

    Raises:
        InvalidAnswer: it leads elsewhere, or is neither a file nor a folder.
    """
    path = PurePosixPath(member.name)
    parts = tuple(part for part in path.parts if part != ".")
    odd = path.is_absolute() or ".." in parts or UNSAFE.search(member.name) or "\n" in member.name
    if odd or len(member.name) > MAX_PATH or len(parts) > MAX_DEPTH or member.size < 0:
        raise InvalidAnswer("The results have a file with a name that cannot be written here.")
    if not (member.isreg() or member.isdir()) or (member.isreg() and not parts):
        raise InvalidAnswer("The results have a member that is neither a file nor a folder.")
    return parts


def _write(source: IO[bytes] | None, target: Path, mode: int) -> None:
    """Write a file beside its name first: what is there under the name is whole."""
    assert source is not None
    draft = target.with_name(f".disco-{os.getpid()}-coming")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    rights = 0o777 if mode & 0o100 else 0o666
    try:
        with os.fdopen(os.open(draft, flags, rights), "wb") as stream:
            shutil.copyfileobj(source, stream, _PIECE)
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)
