"""Clients of OCCI that others wrote, each fetched from its registry and run in its own process."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
#: seconds for fetching and building one, and for reading all answers
PATIENCE, READING = 480, 120
#: what Maven and pip say of a registry that they cannot reach
OFFLINE = re.compile(
    r"Could not (resolve|transfer|find artifact)|PluginResolution|UnknownHost|No matching dist"
    r"|Connection (error|refused)|Max retries|Temporary failure|timed out",
    re.I,
)


@dataclass(frozen=True)
class Answer:
    """One of the service's answers: ``what`` is model, cluster or list."""

    what: str
    media_type: str
    headers: Sequence[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class Client:
    """A command that reads saved answers and prints what it understood."""

    command: Sequence[str]
    environment: dict[str, str]

    def read(self, answers: Sequence[Answer], folder: Path) -> list[dict[str, Any]]:
        """What it understood of each; with the key ``failed`` what it said instead."""
        arguments: list[str] = []
        for number, answer in enumerate(answers):
            head, body = folder / f"{number}.head", folder / f"{number}.body"
            head.write_text("".join(f"{name}: {value}\n" for name, value in answer.headers))
            body.write_bytes(answer.body)
            arguments += [answer.what, answer.media_type, str(head), str(body)]
        done = subprocess.run(
            [*self.command, *arguments],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=READING,
        )
        assert done.returncode == 0, done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found


def jocci(folder: Path) -> Client:
    """jOCCI-core, which EGI's tools in Java are built on; from Maven Central."""
    maven, java = shutil.which("mvn"), shutil.which("java")
    if not (maven and java):
        pytest.skip("jOCCI-core needs Java 11 or newer and Maven")
    shutil.copytree(HERE / "jocci", folder, dirs_exist_ok=True)
    goals = ["compile", "dependency:build-classpath", "-Dmdep.outputFile=classpath.txt"]
    run([maven, "--batch-mode", "--quiet", *goals], folder)
    classpath = f"target/classes:{(folder / 'classpath.txt').read_text().strip()}"
    paths = [str(folder / path) for path in classpath.split(":")]
    return Client([java, "-cp", ":".join(paths), "ReadAnswers"], {})


def pyssf(folder: Path) -> Client:
    """The original's framework."""
    return of_python("pyssf==0.4.7", "occi", folder, "read_pyssf.py")


def occi_py(folder: Path) -> Client:
    """A library of 2011 for clients and servers."""
    return of_python("occi==0.6", "occi", folder, "read_occi_py.py")


def pocci(folder: Path) -> Client:
    """The client with which ETSI's conformance tests of OCCI are run."""
    client = of_python("pocci==1.0.3", "pOCCI", folder, "read_pocci.py")
    return Client(client.command, {"PYTHONPATH": str(folder / "lib/pOCCI")})


CLIENTS: dict[str, Callable[[Path], Client]] = {
    client.__name__: client for client in (jocci, pyssf, occi_py, pocci)
}


def of_python(requirement: str, package: str, folder: Path, reader: str) -> Client:
    """A library for Python 2, with what Python 3 writes differently written anew.

    It is only unpacked: its setup does not run any more, which pip reports as a failure.
    """
    unpacked = folder / "unpacked"
    unpacked.mkdir(parents=True)
    options = ["--no-deps", "--no-binary", ":all:", "--no-build-isolation", "--no-clean"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder)]
    said = run([*command, requirement], folder, {"TMPDIR": str(unpacked)}, may_fail=True)
    found = sorted(unpacked.glob(f"pip-download-*/*/{package}"))
    if not found:
        pytest.skip(f"{requirement} cannot be fetched: {said[-300:]}")
    shutil.copytree(found[0], folder / "lib" / package)
    for module in (folder / "lib").rglob("*.py"):
        module.write_text(to_python_3(module.read_text("utf-8")))
    environment = {"PYTHONPATH": str(folder / "lib"), "PYTHONWARNINGS": "ignore"}
    return Client([sys.executable, str(HERE / "readers" / reader)], environment)


def to_python_3(source: str) -> str:
    source = re.sub(r"except ([\w.]+), (\w+):", r"except \1 as \2:", source)
    source = re.sub(r"^import urlparse$", "import urllib.parse as urlparse", source, flags=re.M)
    # flags stand at the beginning of a regular expression
    return re.sub(r"r'(\^\(?)\(\?i\)", r"r'(?i)\1", source)


def run(
    command: Sequence[str],
    folder: Path,
    environment: dict[str, str] | None = None,
    may_fail: bool = False,
) -> str:
    """What a command says; the test is skipped where its registry cannot be reached."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
    )
    if done.returncode and not may_fail:
        if OFFLINE.search(done.stdout):
            pytest.skip(f"{command[0]} reaches no registry: {done.stdout[-300:]}")
        raise AssertionError(done.stdout)
    return done.stdout
