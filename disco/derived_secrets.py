"""Key pairs and passwords that are stored nowhere.

Nova makes no key pairs any more (API 2.92 and later), so DISCO does. A cluster's
key is derived with HKDF (RFC 5869) from the service's secret and the ids of the
project and the cluster: only the public half is in the stack, and the private
half is computed again when its owner asks. Several secrets allow rotation.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import math
import os
import string
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from disco.errors import ConfigurationError
from disco.spec import KEY_PAIR_PREFIX, stack_name
from disco.untrusted import Malformed, read_int

LOG = logging.getLogger(__name__)

#: without characters that people mix up, or that a shell or a URL would mind
PASSWORD_ALPHABET = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))


MAGIC = b"openssh-key-v1\0"
#: characters of base64 in a line of OpenSSH's files
LINE = 70
#: characters of a derived password; a note in a stack that says otherwise is not believed
SHORTEST, LONGEST = 8, 128


class GeneratedPassword(str):
    """A password that was drawn evenly from ``PASSWORD_ALPHABET``, and that nobody chose."""

    @property
    def unguessable(self) -> bool:
        """Whether it has 128 bits, so that a slow hash makes it no harder to find."""
        return len(self) * math.log2(len(PASSWORD_ALPHABET)) >= 128


def derive(secret: bytes, purpose: str, project_id: str, cluster_id: str, length: int) -> bytes:
    """``length`` bytes that belong to one purpose of one cluster of one project."""
    info = "\0".join(("disco", purpose, project_id, cluster_id)).encode()
    return HKDF(hashes.SHA256(), length, salt=None, info=info).derive(secret)


class KeyPair:
    """An ed25519 key pair in OpenSSH's formats; never shows its private half by accident."""

    def __init__(self, secret: bytes, project_id: str, cluster_id: str) -> None:
        seed = derive(secret, "ssh-key", project_id, cluster_id, 32)
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._check = derive(secret, "ssh-key-check", project_id, cluster_id, 4)
        self._comment = f"disco_{cluster_id}"

    @property
    def public(self) -> str:
        """One line for ``authorized_keys``."""
        raw = self._key.public_key().public_bytes(
            serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
        )
        return f"{raw.decode()} {self._comment}"

    @property
    def private(self) -> str:
        """The private key as ``ssh -i`` reads it; the same text each time."""
        text = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.OpenSSH,
            serialization.NoEncryption(),
        ).decode()
        head, *body, tail = text.strip().splitlines()
        raw = bytearray(base64.b64decode("".join(body)))
        start = _check_offset(raw)
        raw[start : start + 8] = self._check * 2
        encoded = base64.b64encode(raw).decode()
        lines = [encoded[i : i + LINE] for i in range(0, len(encoded), LINE)]
        return "\n".join([head, *lines, tail, ""])


def _check_offset(raw: bytearray) -> int:
    """Where OpenSSH's format has a random number, twice: behind five counted strings.

    See PROTOCOL.key of OpenSSH: magic, cipher, kdf, its options, the number of
    keys, the public key; then the private part's length and that number.
    """
    offset = len(MAGIC)
    for _ in range(3):
        offset += 4 + int.from_bytes(raw[offset : offset + 4], "big")
    offset += 4
    offset += 4 + int.from_bytes(raw[offset : offset + 4], "big")
    return offset + 4


def find_key_pair(
    secrets: Sequence[bytes], project_id: str, cluster_id: str, public: str
) -> KeyPair | None:
    """The pair whose public half is ``public``, trying every secret; None if none fits."""
    wanted = public.split()[:2]
    for secret in secrets:
        pair = KeyPair(secret, project_id, cluster_id)
        if pair.public.split()[:2] == wanted:
            return pair
    return None


def derive_password(
    secret: bytes, purpose: str, project_id: str, cluster_id: str, length: int
) -> GeneratedPassword:
    """A password of ``length`` characters, evenly drawn from ``PASSWORD_ALPHABET``."""
    size = len(PASSWORD_ALPHABET)
    limit = 256 - 256 % size
    characters: list[str] = []
    block = 0
    while len(characters) < length:
        raw = derive(secret, f"password:{purpose}:{block}", project_id, cluster_id, 64)
        characters.extend(PASSWORD_ALPHABET[byte % size] for byte in raw if byte < limit)
        block += 1
    return GeneratedPassword("".join(characters[:length]))


def fingerprint(secret: bytes) -> str:
    """A short name for a key secret, from which the secret cannot be guessed."""
    return hashlib.sha256(b"disco fingerprint" + secret).hexdigest()[:8]


# -- what a cluster is made with ----------------------------------------------


def choose_key_pair(
    secret: bytes, project_id: str, cluster_id: str, own: str | None, public: str | None
) -> tuple[str, str | None]:
    """Name and public key of a cluster's key pair: the user's own, else a derived one.

    Args:
        secret: the service's newest key secret.
        project_id: of the cluster.
        cluster_id: whose the pair is.
        own: the name of a key pair that Nova has; the stack makes none then.
        public: a public key for a new key pair; None for one that is derived.
    """
    if own:
        return own, None
    name = f"{KEY_PAIR_PREFIX}{stack_name(cluster_id)}"
    return name, public or KeyPair(secret, project_id, cluster_id).public


def component_secrets(
    secret: bytes,
    project_id: str,
    cluster_id: str,
    given: Mapping[str, Mapping[str, str]],
    wanted: Mapping[str, Mapping[str, int]],
) -> dict[str, dict[str, str]]:
    """Secrets by component and name: those that were given, and derived ones.

    ``wanted`` has the lengths of passwords to derive.
    """
    secrets = {component: dict(named) for component, named in given.items()}
    for component, lengths in wanted.items():
        for name, length in lengths.items():
            secrets.setdefault(component, {})[name] = derive_password(
                secret, f"{component}.{name}", project_id, cluster_id, length
            )
    return secrets


def generated_note(secret: bytes, wanted: Mapping[str, Mapping[str, int]]) -> str:
    """Which passwords were derived, and with which secret; empty for none.

    The note travels in the stack, so that the passwords can be derived again.
    """
    made = [f"{c}.{name}:{n}" for c, lengths in wanted.items() for name, n in lengths.items()]
    return " ".join([fingerprint(secret), *made]) if made else ""


def read_generated(
    secrets: Sequence[bytes],
    project_id: str,
    cluster_id: str,
    note: str,
    known: Collection[str],
) -> dict[str, str]:
    """The passwords of a ``generated_note`` by ``component.name``, derived again.

    None where the secret is not among the service's any more. A stack's owner can change
    the note, so only passwords that some component has (``known``, as ``component.name``)
    are derived: other secrets of the cluster follow from the same key.
    """
    made_with, *entries = note.split() or [""]
    lengths: dict[str, int] = {}
    for entry in entries:
        purpose, _, length = entry.partition(":")
        if purpose in known:
            with suppress(Malformed):
                lengths[purpose] = read_int(length, SHORTEST, LONGEST)
    passwords: dict[str, str] = {}
    for secret in secrets:
        if fingerprint(secret) != made_with:
            continue
        for purpose, size in lengths.items():
            passwords[purpose] = derive_password(secret, purpose, project_id, cluster_id, size)
    return passwords


def read_key_secrets(path: Path) -> tuple[bytes, ...]:
    """The secrets in ``path``, the newest first; a first one is made with mode 0600.

    Two processes that start at once agree on one secret: the file is linked
    into place complete, and the loser reads the winner's.

    Raises:
        ConfigurationError: unreadable, empty, or open to other users.
    """
    try:
        if not path.exists():
            _make_secret(path)
        if path.stat().st_mode & 0o077:
            raise ConfigurationError(
                f"{path}: the key secret can be read by others", hint=f"chmod 600 {path}"
            )
        lines = path.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"[disco] key_secret: {error}") from error
    if not lines or any(len(line) < 32 for line in lines):
        raise ConfigurationError(f"{path}: every key secret has 32 characters or more")
    return tuple(line.encode("ascii") for line in lines)


def _make_secret(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(token_hex(32) + "\n")
        os.link(draft, path)
    except FileExistsError:
        LOG.debug("another process made %s first", path)
    finally:
        draft.unlink()


def generated_names(note: str) -> list[str]:
    """Which passwords a ``generated_note`` is about, whatever key they were derived with."""
    return note.split()[1:]
