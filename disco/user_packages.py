"""What users want on nodes beside the frameworks: packages, libraries, a script, variables.

Everything here is put into commands that run as root, so each text is read by the grammar of
what it names, and nothing else passes: no options, paths, shell words or control characters.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

T = TypeVar("T")

#: entries of a list, and variables: more would not fit into user data anyway
MOST = 100
#: bytes of a script: no node has room for more beside its own
LONGEST_SCRIPT = 48 * 1024
#: bytes of a variable's value: pam_env before 1.5 reads lines of 1023
LONGEST_VALUE = 900
_SHOWN = 5
_CENTRAL = ("https://repo1.maven.org/maven2", "https://repo.maven.apache.org/maven2")
# a comma within [extras], or before another version, does not end an entry
_PIECE = re.compile(r"(?P<gap> +|,(?! *[<>=!~]))|\[[^\[\] ]*\]|[^ ,\[]+|.", re.S)
# Debian's policy 5.6.7 and 5.6.12; apt takes a hyphen at the end for a removal
_APT = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9+.-]*[a-z0-9+.])(?P<arch>:[a-z0-9]{1,20})?"
    r"(?:=[A-Za-z0-9][A-Za-z0-9.+:~-]{0,100})?"
)
# which pip would take for files
_ARCHIVE = re.compile(r"\.(zip|whl|tar|tgz|tbz|txz|tlz|tar\.\w{1,4})$", re.I)
_WORD = r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,127}"
_COORDINATES = re.compile(rf"({_WORD}):({_WORD}):({_WORD})(?::({_WORD}))?")
_URL = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]{1,5})?/[A-Za-z0-9._~%/+=&?:-]{1,1000}")
_JAR = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,150}\.jar")
_DIGEST = re.compile(r"[0-9a-f]{128}")
#: Heat replaces these in user data
_PLACEHOLDER = re.compile(r"@@[A-Z_]+@@")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
# what shells, the loader and DISCO's own steps go by
_RESERVED = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|IFS|ENV|BASH\w*|BASHOPTS|SHELLOPTS|POSIXLY_CORRECT|PS4"
    r"|LD_\w+|PYTHONHOME|LC_ALL|DEBIAN_FRONTEND|DISCO_\w*|SSL_CERT_FILE|REPLY|SECONDS|UID|EUID|PPID"
)
_PROXIES = re.compile(r"(https?|no)_proxy", re.I)
#: characters that shells, systemd and pam_env read differently
_UNLIKE = re.compile(r"""["'\\$`#]""")


@dataclass(frozen=True)
class Jar:
    """A Java library: its file's name, where it is, and its digest, empty if unknown."""

    file: str
    urls: tuple[str, ...]
    sha512: str = ""


@dataclass(frozen=True)
class Bootstrap:
    """A script that nodes run as root: its text, or an address and a digest."""

    text: str = ""
    url: str = ""
    sha512: str = ""


@dataclass(frozen=True)
class UserPackages:
    """All that a request wants on the nodes."""

    apt: tuple[str, ...] = ()
    pip: tuple[str, ...] = ()
    jars: tuple[Jar, ...] = ()
    datascience: bool = False
    bootstrap: Bootstrap | None = None
    early: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Mapping[str, object]) -> UserPackages:
        """From the checked properties of the component ``packages``.

        Raises:
            ValueError: a value was not checked.
        """
        texts = {name: str(values.get(name) or "") for name in ("apt", "pip", "jars", "bootstrap")}
        variables = values.get("environment")
        return cls(
            parse_apt(texts["apt"]),
            parse_pip(texts["pip"]),
            parse_jars(texts["jars"]),
            bool(values.get("datascience")),
            read_bootstrap(texts["bootstrap"]) if texts["bootstrap"] else None,
            values.get("bootstrap.when") == "before",
            {k: str(v) for k, v in variables.items()} if isinstance(variables, Mapping) else {},
        )


def split_list(text: str) -> list[str]:
    """The entries of a list, which are separated by commas or spaces."""
    parts: list[list[str]] = [[]]
    for piece in _PIECE.finditer(text):
        if piece["gap"]:
            parts.append([])
        else:
            parts[-1].append(piece[0])
    return ["".join(part) for part in parts if part]


def _parse_list(parts: Sequence[str], parse: Callable[[str], T]) -> tuple[T, ...]:
    """Each part; or one error that names all that are wrong."""
    if len(parts) > MOST:
        raise ValueError(f"has {len(parts)} entries, and at most {MOST} are taken")
    found, faults = [], []
    for part in parts:
        try:
            found.append(parse(part))
        except ValueError as error:
            faults.append(str(error))
    if faults:
        more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise ValueError("; ".join(faults[:_SHOWN]) + more)
    return tuple(found)


def _refuse_twice(names: Sequence[str]) -> None:
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            raise ValueError(f"{name!r} is listed twice")


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def parse_apt(text: str) -> tuple[str, ...]:
    """Names of packages of the distribution, as apt-get takes them.

    Raises:
        ValueError: with all that are none.
    """
    found = _parse_list(split_list(text), _parse_apt)
    _refuse_twice([part.partition("=")[0] for part in found])
    return found


def _parse_apt(part: str) -> str:
    if len(part) > 200 or not _APT.fullmatch(part):
        raise ValueError(f"{_short(part)} is not the name of a package of the distribution")
    return part


def parse_pip(text: str) -> tuple[str, ...]:
    """Requirements of Python packages, as pip takes them.

    Raises:
        ValueError: with all that are none.
    """
    found = _parse_list(split_list(text), _parse_pip)
    _refuse_twice([requirement_name(part) for part in found])
    return found


def _parse_pip(part: str) -> str:
    try:
        requirement = Requirement(part) if len(part) <= 200 else None
    except InvalidRequirement:
        requirement = None
    if requirement is None or requirement.url or requirement.marker or not part.isascii():
        raise ValueError(f"{_short(part)} is not the name of a Python package")
    if _ARCHIVE.search(requirement.name):
        raise ValueError(f"{_short(part)} is the name of a file")
    if any(s.operator == "===" for s in requirement.specifier):
        raise ValueError(f"{_short(part)} compares with ===: use ==")
    return str(requirement)


@lru_cache(maxsize=512)
def requirement_name(text: str) -> str:
    """The name in a requirement, in the one form that all its spellings have."""
    return canonicalize_name(Requirement(text).name)


def parse_jars(text: str) -> tuple[Jar, ...]:
    """Java libraries, as Maven coordinates or addresses.

    Raises:
        ValueError: with all that are none.
    """
    found = _parse_list([p for p in re.split("[ ,]+", text) if p], _parse_jar)
    _refuse_twice([jar.file for jar in found])
    return found


def _parse_jar(part: str) -> Jar:
    place, digest = _split_digest(part)
    if place.startswith("https:"):
        path = urlsplit(_check_url(place)).path
        file = path.rpartition("/")[2]
        if not _JAR.fullmatch(file):
            raise ValueError(f"{_short(part)} does not lead to a .jar file")
        return Jar(file, (place,), digest)
    match = _COORDINATES.fullmatch(place)
    if match is None or ".." in place:
        raise ValueError(f"{_short(part)} is neither group:artifact:version nor an https URL")
    group, artifact, version, classifier = match.groups()
    file = f"{artifact}-{version}{'-' if classifier else ''}{classifier or ''}.jar"
    path = f"{group.replace('.', '/')}/{artifact}/{version}/{file}"
    return Jar(file, tuple(f"{base}/{path}" for base in _CENTRAL), digest)


def _split_digest(part: str) -> tuple[str, str]:
    place, hash_sign, digest = part.partition("#")
    name, _, hexadecimal = digest.partition("=")
    if hash_sign and (name != "sha512" or not _DIGEST.fullmatch(hexadecimal.lower())):
        raise ValueError(f"{_short(part)}: after # stands sha512= and 128 hexadecimal digits")
    return place, hexadecimal.lower()


def _check_url(text: str) -> str:
    if not _URL.fullmatch(text) or "@" in urlsplit(text).netloc or "/../" in text:
        raise ValueError(f"{_short(text)} is not an https URL without a password")
    return text


def read_bootstrap(text: str) -> Bootstrap:
    """A script in base64, perhaps compressed with gzip; or its address with a digest.

    Raises:
        ValueError: it is neither, or nothing that a node could run.
    """
    if text.startswith(("https:", "http:")):
        url, digest = _split_digest(text)
        if not digest:
            raise ValueError("the URL has no digest")
        return Bootstrap(url=_check_url(url), sha512=digest)
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise ValueError("is not base64") from None
    try:
        script = (_inflate(data) if data.startswith(b"\x1f\x8b") else data).decode()
    except UnicodeDecodeError:
        raise ValueError("the script is not text in UTF-8") from None
    except zlib.error:
        raise ValueError("the script is no gzip data that can be read") from None
    check_script(script)
    return Bootstrap(script)


def _inflate(data: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    text = unpacker.decompress(data, LONGEST_SCRIPT + 1)
    if len(text) > LONGEST_SCRIPT:
        raise ValueError(f"the script has more than {LONGEST_SCRIPT} bytes")
    if not unpacker.eof or unpacker.unused_data:
        # a second part would be left out, and what is run would not be what was sent
        raise ValueError("the script is cut off, or has something behind its gzip data")
    return text


def check_script(text: str) -> None:
    """Refuse what is no script that user data can carry.

    Raises:
        ValueError: with a sentence about it.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > LONGEST_SCRIPT:
        raise ValueError(f"the script has {size} bytes; there is room for {LONGEST_SCRIPT}")
    if not text.strip():
        raise ValueError("the script is empty")
    if "\r" in text:
        raise ValueError("the script has carriage returns: save it with Unix line ends")
    bad = next((c for c in text if not (c.isprintable() or c in "\n\t\u00a0")), None)
    if bad is not None:
        raise ValueError(f"the script has the character U+{ord(bad):04X}")
    if found := _PLACEHOLDER.search(text):
        raise ValueError(f"the script has {found[0]}, which Heat may replace")


def check_variable(value: str) -> None:
    """Refuse a value that shells, systemd and logins would not all read alike.

    Raises:
        ValueError: with a sentence about it; the value is not quoted, it may be a secret.
    """
    if len(value.encode("utf-8", "surrogatepass")) > LONGEST_VALUE:
        raise ValueError(f"is longer than {LONGEST_VALUE} bytes")
    if not value.isprintable():
        raise ValueError("has a character that cannot be printed")
    if found := _UNLIKE.search(value):
        raise ValueError(f"has the character {found[0]}")
    if _PLACEHOLDER.search(value):
        raise ValueError("has a name between @@ and @@")


def list_variable_faults(names: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Names of variables that cannot be: the name, what is wrong, and what is allowed."""
    if len(names) > MOST:
        yield "", f"{len(names)} variables", f"at most {MOST}"
        return
    for name in names:
        if not _VARIABLE.fullmatch(name):
            yield name, "is not the name of a variable", "letters, digits and _"
        elif _PROXIES.fullmatch(name):
            yield name, "has properties of its own", "heat.httpproxy, httpsproxy and noproxy"
        elif _RESERVED.fullmatch(name):
            yield name, "is set by the system or by DISCO", "another name"
