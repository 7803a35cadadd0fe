"""The state directory of an embedded cloud: its files, secrets and lock."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from disco.errors import ConfigurationError

ACCOUNTS = ("admin", "heat", "heat_domain_admin", "demo", "other")
#: secrets that state directories of older versions do not have: the object store's account, and
#: what the names of its files are made with
LATER_SECRETS = ("swift", "swift_paths")


def write_private(path: Path, text: str) -> None:
    """Replace ``path`` by ``text`` in one step, readable by its owner alone."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def facts(port: int, *, object_store: bool = False) -> dict[str, object]:
    """What asks for migrations or for other endpoints when it differs from the last start's."""
    versions = {"keystone": version("keystone"), "heat": version("openstack-heat")}
    return {**versions, "port": port, "object_store": object_store}


class StateDir:
    """Paths below one state directory.

    Everything that the cloud remembers is in here; a second start with the
    same directory finds it again. One living process owns it at a time.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).expanduser().resolve()
        self._lock: int | None = None

    def __getitem__(self, name: str) -> Path:
        return self.path / name

    @property
    def openrc(self) -> Path:
        """Shell file with the demo user's credentials."""
        return self["openrc"]

    @property
    def logs(self) -> Path:
        """Folder of the services' log files."""
        return self["logs"]

    @property
    def agent_socket(self) -> Path:
        """Unix socket of the node agent."""
        return self["agent.sock"]

    def prepare(self) -> None:
        """Make the directory (0700) and its folders.

        Raises:
            ConfigurationError: it cannot be made or belongs to someone else.
        """
        try:
            for folder in (self.path, self.logs, self["keystone"], self["heat"]):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                folder.chmod(0o700)
            self["heat/environment.d"].mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"The state directory {self.path} cannot be used: {error.strerror}.",
                hint="Give another one with --state.",
            ) from error

    def lock(self) -> None:
        """Claim the directory for this process until it ends or `unlock`.

        Raises:
            ConfigurationError: a living process has it.
        """
        handle = os.open(self["lock"], os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.read(handle, 32).decode().strip() or "unknown"
            os.close(handle)
            raise ConfigurationError(
                f"The state directory {self.path} is in use by the process with id {owner}.",
                hint="Stop that process, or give another directory with --state.",
            ) from error
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        self._lock = handle

    def unlock(self) -> None:
        """Give the directory back."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def read_json(self, name: str) -> dict[str, object]:
        """The content of a JSON file of the directory; empty when it does not exist."""
        try:
            content = json.loads(self[name].read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def secrets(self) -> dict[str, str]:
        """A secret for each account and key, made at the first call.

        Raises:
            ConfigurationError: the file is damaged. It is not made again
                over a cloud that knows the old ones.
        """
        names = [*ACCOUNTS, "encryption_key"]
        is_new = not self["secrets"].exists()
        known = {} if is_new else self.read_json("secrets")
        missing = [name for name in (*names, *LATER_SECRETS) if name not in known]
        if not is_new and (
            set(names) & set(missing) or not all(isinstance(known[name], str) for name in known)
        ):
            raise ConfigurationError(f"The file {self['secrets']} is damaged.")
        if missing:
            known |= {name: secrets.token_hex(16) for name in missing}
            write_private(self["secrets"], json.dumps(known, indent=1) + "\n")
        return {name: str(known[name]) for name in (*names, *LATER_SECRETS)}

    @property
    def complete(self) -> bool:
        """Whether a start once came to its end with this directory."""
        return self["complete.json"].exists()

    def marker(self) -> dict[str, object]:
        """What the last complete start left: versions and ports."""
        return self.read_json("complete.json")

    def mark_complete(self, facts: Mapping[str, object]) -> None:
        """Record that everything is in place."""
        write_private(self["complete.json"], json.dumps(dict(facts)) + "\n")

    def discard_unfinished(self) -> None:
        """Remove what an interrupted first start left half-made.

        A half-migrated sqlite database cannot be migrated further, and as the
        cloud was never up it holds nothing that anyone could miss.
        """
        if self.complete:
            return
        for folder in (self["keystone"], self["heat"]):
            shutil.rmtree(folder, ignore_errors=True)
        for file in self.path.glob("resources.db*"):
            file.unlink()
