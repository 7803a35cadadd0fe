"""Which framework runs a file: as told, else by what the file is and what it uses."""

from __future__ import annotations

import ast
import zipfile
import zlib
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from disco.cli.exit_status import CommandError, Status, reason_of
from disco.cli.jobs.kinds import JobKind, Offered
from disco.suggestions import did_you_mean

#: bytes of a program that is read, and of a library's classes
MAX_SOURCE, MAX_CLASSES = 4 << 20, 64 << 20


def choose(
    offered: Offered, path: Path, framework: str | None, there: Collection[str] | None
) -> JobKind:
    """The way to run a file.

    Args:
        offered: what the service has.
        path: the file.
        framework: the one that was named, or None.
        there: components of the cluster; None: the cluster is still to be made.

    Raises:
        CommandError: there is no way, or more than one.
    """
    usable = [k for k in offered.kinds if there is None or k.base or k.component in there]
    if framework is not None:
        return _named(offered, usable, path, framework)
    fitting = [k for k in usable if k.guess and path.suffix.lower() in k.files]
    used = uses(path, {name for k in offered.kinds for name in k.imports})
    meant = [k for k in fitting if not used.isdisjoint(k.imports)]
    found = meant or [k for k in fitting if not k.imports]
    if used and not meant:
        # it would begin, and fail at its first import
        others = [k.name for k in offered.kinds if not used.isdisjoint(k.imports)]
        raise CommandError(
            f"{path.name} uses {_all(used)}, which is for {_all(others)}. "
            f"The cluster runs {_all(k.name for k in usable)}.",
            Status.USAGE,
            "--framework runs it with one of those all the same.",
        )
    if not found:
        raise CommandError(
            f"Cannot tell what runs {path.name}."
            if any(path.suffix.lower() in k.files for k in usable)
            else f'Nothing here runs files that end in "{path.suffix}".',
            Status.USAGE,
            f"Use --framework. It runs: {_table(usable)}.",
        )
    names = list(dict.fromkeys(k.name for k in found))
    if len(names) > 1:
        why = f" uses {_all(used)} and" if used else ""
        raise CommandError(
            f"{path.name}{why} can be run by {_all(names)}.",
            Status.USAGE,
            f"Say by which: --framework {names[0]}.",
        )
    return found[0]


def check_names(offered: Offered, paths: Sequence[Path]) -> None:
    """Refuse files that Python would take for the package that a program imports.

    A program's folder is the first in which Python looks: ``ray.py`` that imports Ray gets itself.

    Args:
        offered: what the service has.
        paths: the program, and what is sent with it.

    Raises:
        CommandError: a file has such a name.
    """
    if paths[0].suffix.lower() != ".py":
        return
    packages = {name for k in offered.kinds if ".py" in k.files for name in k.imports}
    for path in paths:
        name = path.stem if path.suffix == ".py" else path.name
        is_taken = name in packages or path is paths[0]
        if is_taken and name in uses(paths[0], {name}):
            raise CommandError(
                f'{paths[0].name} imports "{name}", and Python would take {path.name} for it.',
                Status.USAGE,
                f"Give {path.name} another name.",
            )


def _named(offered: Offered, usable: list[JobKind], path: Path, framework: str) -> JobKind:
    known = list(dict.fromkeys(k.name for k in offered.kinds))
    if framework not in known:
        raise CommandError(
            f'Unknown framework "{framework}" of jobs.{did_you_mean(framework, known)}',
            Status.USAGE,
            f"Frameworks that run jobs: {', '.join(known)}.",
        )
    mine = [k for k in usable if k.name == framework]
    if not mine:
        raise CommandError(
            f"The cluster does not run {framework} jobs.",
            Status.USAGE,
            f"It runs: {_table(usable)}.",
        )
    fitting = [k for k in mine if path.suffix.lower() in k.files]
    if not fitting:
        ends = [end for k in mine for end in k.files]
        raise CommandError(
            f'{framework} does not run files that end in "{path.suffix}".',
            Status.USAGE,
            f"It runs files that end in {', '.join(dict.fromkeys(ends))}.",
        )
    return fitting[0]


def uses(path: Path, names: Collection[str]) -> set[str]:
    """Those of some modules of Python or packages of Java that a file uses.

    Nothing of the file is run. A program that cannot be read uses none.

    Raises:
        CommandError: there is no such file, or it cannot be read.
    """
    try:
        if path.suffix.lower() == ".py":
            with path.open("rb") as stream:
                return _imported(stream.read(MAX_SOURCE), names)
        if path.suffix.lower() == ".jar":
            return _mentioned(path, names)
    except OSError as error:
        raise CommandError(f"Cannot read {path} ({reason_of(error)}).", Status.USAGE) from error
    return set()


def _imported(source: bytes, names: Collection[str]) -> set[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.add(node.module)
    return {name for name in names if any(f"{m}.".startswith(f"{name}.") for m in modules)}


def _mentioned(path: Path, names: Collection[str]) -> set[str]:
    """The packages that classes name, in the form in which Java's constants have them."""
    left = {name.replace(".", "/").encode() + b"/": name for name in names if "." in name}
    found: set[str] = set()
    size = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if not entry.filename.endswith(".class"):
                    continue
                # what it says of its size need not be true
                with archive.open(entry) as stream:
                    content = stream.read(MAX_CLASSES - size)
                size += len(content)
                found |= {name for text, name in left.items() if text in content}
                if size >= MAX_CLASSES:
                    break
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error):
        raise CommandError(f"{path} is not a library of Java.", Status.USAGE) from None
    return found


def _all(names: Iterable[str]) -> str:
    """``a``, or ``a and b``."""
    words = sorted(dict.fromkeys(names))
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else "nothing"


def _table(kinds: Iterable[JobKind]) -> str:
    """``spark (.py, .jar), python (.py)``."""
    ends: dict[str, list[str]] = {}
    for kind in kinds:
        ends.setdefault(kind.name, []).extend(kind.files)
    return ", ".join(f"{name} ({', '.join(dict.fromkeys(files))})" for name, files in ends.items())
