"""Downloads from a list of sources, resumed where they broke off, and verified."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import requests

from disco.heat.template.software import Download

Progress = Callable[[str], None]

#: seconds for a connection, and between two pieces of an answer
_TIMEOUT = (10, 30)
_CHUNK = 1 << 16
_ROUNDS = 3
#: seconds between two lines about the same file
_REPORT_S = 5.0


class _Unusable(Exception):
    """A source does not have the file; the text says why."""


class Fetcher:
    """Downloads files; the nth retry waits n times ``pause`` seconds."""

    def __init__(self, progress: Progress, pause: float) -> None:
        self._progress = progress
        self._pause = pause
        self._session = requests.Session()
        # the digest is of the file without compression by the server
        self._session.headers["Accept-Encoding"] = "identity"

    def fetch(self, name: str, download: Download, target: Path) -> str | None:
        """Download ``target``, whole or not at all; returns None, or the reason of a failure.

        The part that arrived before a transfer broke is kept beside it as ``.part``.
        """
        part = target.with_name(target.name + ".part")
        try:
            known = download.sha512.lower()
            if digest(target) == known or (not known and target.exists()):
                self._progress(f"{name}: already there")
                return None
            target.parent.mkdir(parents=True, exist_ok=True)
            reasons = self._from_sources(name, download, part)
            if reasons is None:
                part.replace(target)
                self._progress(f"{name}: done, {target.stat().st_size} bytes")
                return None
        except OSError as error:
            return f"Cannot write {target}: {(error.strerror or str(error)).lower()}"
        return "; ".join(reasons)

    def _from_sources(self, name: str, download: Download, part: Path) -> list[str] | None:
        """Try all sources, several times; returns None, or a reason for each source."""
        reasons: dict[str, str] = {}
        for attempt in range(_ROUNDS):
            if attempt:
                time.sleep(attempt * self._pause)
            for url in download.urls:
                self._progress(f"{name}: from {url}")
                try:
                    self._from(name, url, download.sha512.lower(), part)
                except _Unusable as error:
                    reasons[url] = f"{url}: {error}"
                    self._progress(f"{name}: {error}")
                else:
                    return None
        return list(reasons.values()) or ["the component names no source"]

    def _from(self, name: str, url: str, sha512: str, part: Path) -> None:
        """Download from one source, resumed as long as data arrives.

        Raises:
            _Unusable: the source does not have the file.
        """
        fresh = not part.exists()
        while True:
            before = _size(part)
            error = self._transfer(name, url, part)
            if digest(part) == sha512 or (not sha512 and error is None):
                return  # without a digest, what TLS brings is believed
            if error is None:
                part.unlink()
                if fresh:
                    raise _Unusable("the checksum differs from the pinned one")
                fresh = True  # the part of an earlier run may be wrong: download all of it again
            elif _size(part) <= before:
                raise _Unusable(error)

    def _transfer(self, name: str, url: str, part: Path) -> str | None:
        """Send one request; returns None when the answer is complete, else what broke it."""
        have = _size(part)
        headers = {"Range": f"bytes={have}-"} if have else {}
        try:
            with self._session.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as answer:
                if answer.status_code == 416:
                    return None  # the part is complete
                if answer.status_code not in (200, 206):
                    return f"it answered {answer.status_code}"
                resumed = answer.status_code == 206
                if resumed and _starts_at(answer) != have:
                    return "it answered with another part of the file"
                total = int(answer.headers.get("Content-Length", 0)) + (have if resumed else 0)
                with part.open("ab" if resumed else "wb") as stream:
                    return self._copy(name, answer, stream.write, have if resumed else 0, total)
        except (requests.RequestException, ValueError) as error:
            return _in_short(error)

    def _copy(
        self,
        name: str,
        answer: requests.Response,
        write: Callable[[bytes], int],
        done: int,
        total: int,
    ) -> str | None:
        told = time.monotonic()
        for chunk in answer.iter_content(_CHUNK):
            write(chunk)
            done += len(chunk)
            if time.monotonic() - told >= _REPORT_S:
                told = time.monotonic()
                share = f" of {total >> 20} MiB" if total else ""
                self._progress(f"{name}: {done >> 20} MiB{share}")
        # some versions of urllib3 do not notice an early end
        return None if done >= total else f"the transfer broke off after {done} of {total} bytes"


def digest(path: Path) -> str | None:
    """The file's SHA-512 in hexadecimal digits; None if the file does not exist."""
    try:
        with path.open("rb") as stream:
            sha512 = hashlib.sha512()
            for chunk in _chunks(stream.read):
                sha512.update(chunk)
            return sha512.hexdigest()
    except FileNotFoundError:
        return None


def _chunks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while chunk := read(1 << 20):
        yield chunk


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _starts_at(answer: requests.Response) -> int | None:
    match = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return int(match[1]) if match else None


def _in_short(error: Exception) -> str:
    """The innermost cause of a failed request, in a few words."""
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    text = str(error)
    if match := re.search(r"\[Errno -?\d+\] ([^')]*)", text):
        return match[1].strip().lower()
    if match := re.search(r"IncompleteRead\((\d+) bytes read", text):
        return f"the transfer broke off after {match[1]} bytes"
    return "the connection broke"
