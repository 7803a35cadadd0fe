"""The service as a process of its own, against the embedded Keystone and Heat."""

from __future__ import annotations

import configparser
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.support.cloud import free_port_pair, pauses

KIND = 'disco; scheme="http://schemas.cloudcomplab.ch/occi/sm#"; class="kind";'


@dataclass
class ServiceProcess:
    """``service_manager -c`` with a configuration of its own."""

    folder: Path
    auth_url: str
    port: int = 0
    settings: dict[str, str] = field(default_factory=dict)
    admin: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        scheme = "https" if "certificate" in self.settings else "http"
        return f"{scheme}://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start and wait until it answers."""
        self.port = self.port or free_port_pair()
        lines: dict[str, Any] = {"host": "127.0.0.1", "port": self.port, "waitcondition": "False"}
        # services of tests side by side would all want the same port, and tests follow more
        # than one project may
        lines |= {"metrics": "off", "limit_followers": "off", **self.settings}
        config = self.folder / "sm.cfg"
        sections = {
            "general": {"log_file": "sm.log", "log_format": lines.pop("log_format", "text")},
            "service_manager": {"design_uri": self.auth_url},
            "service_manager_admin": self.admin,
            "disco": lines,
        }
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_dict(sections)
        with config.open("w") as stream:
            parser.write(stream)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "disco.server.service_manager", "-c", str(config)],
            start_new_session=True,
        )
        self.wait_until_up()

    def wait_until_up(self, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process is not None
            assert self.process.poll() is None, f"the service ended: {self.log()}"
            with contextlib.suppress(requests.ConnectionError, requests.Timeout):
                trusted = self.settings.get("certificate", True)
                if requests.get(f"{self.base}/health", timeout=2, verify=trusted).ok:
                    return
            time.sleep(0.05)
        raise AssertionError(f"the service does not answer: {self.log()}")

    def log(self) -> str:
        path = self.folder / "sm.log"
        return path.read_text()[-4000:] if path.exists() else ""

    def kill(self) -> None:
        """SIGKILL to every process of the service, at once."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=10)

    def stop(self) -> int:
        """A clean stop; the exit status."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=40)


@contextlib.contextmanager
def running_service(folder: Path, auth_url: str, **settings: str) -> Iterator[ServiceProcess]:
    """A service that is stopped at the end."""
    service = ServiceProcess(folder, auth_url, settings=dict(settings))
    service.start()
    try:
        yield service
    finally:
        if service.process is not None and service.process.poll() is None:
            service.stop()


@dataclass
class Caller:
    """Somebody with credentials, who sends what curl would send."""

    base: str
    headers: dict[str, str]
    timeout_s: float = 60

    def request(self, method: str, path: str, **more: Any) -> requests.Response:
        """One request; ``headers`` with the value None leave a header out."""
        headers = {**self.headers, **more.pop("headers", {})}
        url = path if path.startswith("http") else f"{self.base}{path}"
        # a session without the environment's proxies, and without defaults of its own
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method,
                url,
                headers={k: v for k, v in headers.items() if v is not None},
                timeout=more.pop("timeout", self.timeout_s),
                **more,
            )

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.request("GET", path, headers=headers)

    def create(self, attributes: dict[str, str], **headers: str) -> requests.Response:
        """The README's create."""
        return self.request(
            "POST",
            "/disco/",
            headers={
                "Content-type": "text/occi",
                "Category": KIND,
                "X-OCCI-Attribute": join(attributes),
                **headers,
            },
        )

    def show(self, url: str) -> dict[str, str]:
        """The attributes of a cluster."""
        answer = self.request("GET", url, headers={"Accept": "application/occi+json"})
        assert answer.status_code == 200, answer.text
        found: dict[str, str] = answer.json()["attributes"]
        return found

    def state(self, url: str) -> str | None:
        """Heat's state of a cluster, from the list, which costs the cloud least; None: unlisted."""
        base, _, cluster = url.rpartition("/disco/")
        answer = self.request("GET", f"{base}/disco/", headers={"Accept": "application/occi+json"})
        assert answer.status_code == 200, answer.text
        listed = (one["attributes"] for one in answer.json())
        found = {one["occi.core.id"].rpartition("/")[2]: one["stack_status"] for one in listed}
        return found.get(cluster)

    def wait_for(self, url: str, *states: str, seconds: float = 60) -> dict[str, str]:
        """Until the cluster is in one of the states; its attributes."""
        for _ in pauses(seconds):
            state = self.state(url)
            if state and state.endswith("_IN_PROGRESS") and state not in states:
                continue
            found = self.show(url)
            if found["stack_status"] in states:
                return found
            assert not found["stack_status"].endswith("_FAILED"), found["stack_status_reason"]
        dump_heat()
        raise AssertionError(f"{self.state(url)} after {seconds} s")

    def wait_until_gone(self, url: str, seconds: float = 60) -> None:
        """Until the cluster is unknown."""
        for _ in pauses(seconds):
            if self.state(url) is None and self.request("GET", url).status_code == 404:
                return
        raise AssertionError(f"still {self.show(url)['stack_status']} after {seconds} s")


def dump_heat() -> None:
    """Have the Heat of this process's embedded clouds write down where its threads are."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            heat = b"disco.embedded.control.heat_process" in (folder / "cmdline").read_bytes()
            if heat and int(parent) == os.getpid():
                os.kill(int(folder.name), signal.SIGUSR1)


def join(attributes: dict[str, str]) -> str:
    """The one long header."""
    return ",".join(f'{name}="{value}"' for name, value in attributes.items())


def attributes(**changes: str | None) -> dict[str, str]:
    """The attributes of a small cluster on the embedded cloud; None leaves one out."""
    heat = "icclab.disco.components.heat"
    base: dict[str, str | None] = {
        f"{heat}.masterimage": "debian-12",
        f"{heat}.slaveimage": "debian-12",
        f"{heat}.masterflavor": "m1.small",
        f"{heat}.slaveflavor": "m1.small",
        f"{heat}.slavecount": "1",
        f"{heat}.networkname": "net1",
        f"{heat}.externalnetworkname": "public",
        "icclab.disco.dependencies.inject": "{}",
    }
    for name, value in changes.items():
        key = "icclab.disco.dependencies.inject" if name == "inject" else f"{heat}.{name}"
        base[key] = value
    return {name: value for name, value in base.items() if value is not None}


def on_network(network: str, **changes: str | None) -> dict[str, str]:
    """Those of a cluster on a network that is there, without a floating IP.

    It has half the resources, for tests that are about neither.
    """
    return attributes(
        network=network, networkname=None, externalnetworkname=None, floatingip="none", **changes
    )
