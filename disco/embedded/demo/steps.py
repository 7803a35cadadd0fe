"""The demo's steps against a service that runs: create, watch, show, delete."""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import subprocess
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from disco.embedded.demo.checks import check_user_data, leftovers
from disco.embedded.demo.openrc import open_session, read_openrc
from disco.embedded.demo.output import Progress, describe

KIND = 'disco; scheme="http://schemas.cloudcomplab.ch/occi/sm#"; class="kind";'
ATTRIBUTES = {
    "icclab.disco.components.heat.networkname": "disco-demo",
    "icclab.disco.components.heat.externalnetworkname": "public",
    "icclab.disco.components.heat.masterflavor": "m1.medium",
    "icclab.disco.components.heat.slaveflavor": "m1.small",
    "icclab.disco.components.heat.slavecount": "2",
    "icclab.disco.dependencies.inject": "{'dask': '', 'jupyter': ''}",
}
#: the image with the frameworks' software in it comes first
IMAGES = ("debian-12-disco", "debian-12")
START_DEADLINE = 180
IMAGE_DEADLINE = 1200
CREATE_DEADLINE = 900
DELETE_DEADLINE = 120
NODE_DEADLINE = 120
HEALTH_DEADLINE = 600


class DemoFailed(Exception):
    """The demo cannot go on; the message says why."""


class Demo:
    """One run of the demo against one service."""

    def __init__(self, options: argparse.Namespace, service: subprocess.Popen[bytes]) -> None:
        self.state: Path = options.state
        self.base = f"http://127.0.0.1:{options.port}"
        self.service = service
        self.http = requests.Session()
        self.http.trust_env = False  # a proxy of the environment is not for loopback
        self.url = ""
        self.image = IMAGES[0]
        self.cluster: dict[str, str] = {}
        #: whether an earlier run has made the cluster
        self.is_earlier = False

    # -- steps -------------------------------------------------------------

    def wait_for_service(self) -> None:
        """Wait until the service answers; its own output says what it is doing."""
        self._until(START_DEADLINE, "the service", lambda: self._get(f"{self.base}/health").ok)
        rc = read_openrc(self.state / "openrc")
        self.http.headers.update(
            {
                "X-User-Name": rc["OS_USERNAME"],
                "X-Password": rc["OS_PASSWORD"],
                "X-Tenant-Name": rc["OS_PROJECT_NAME"],
                "X-Region-Name": rc["OS_REGION_NAME"],
            }
        )
        self.runs_nodes = not (self.state / "nodes-reason").exists()

    def wait_for_image(self) -> None:
        """Wait until an image can be booted: the first start builds it from packages."""
        said: list[str] = []

        def ready() -> bool:
            images = {i["name"]: i for i in self._images()}
            for name in IMAGES:
                image = images.get(name)
                if image is None or image["status"] in ("error", "killed"):
                    continue
                self.image = name
                if image["status"] == "active":
                    return True
                if not said:
                    said.append(name)
                    print(f"The image {name} is being built from packages, once ...", flush=True)
                return False
            raise DemoFailed(f"No image can be booted. Images: {list(images.values())}")

        self._until(IMAGE_DEADLINE, "an image", ready)

    def create(self) -> None:
        """The README's create command."""
        if self._find_earlier():
            return
        attributes = {
            "icclab.disco.components.heat.masterimage": self.image,
            "icclab.disco.components.heat.slaveimage": self.image,
            **ATTRIBUTES,
        }
        joined = ",".join(f'{name}="{value}"' for name, value in attributes.items())
        headers = {
            "Content-type": "text/occi",
            "Category": KIND,
            "Idempotency-Key": self.url[-36:],
            "X-OCCI-Attribute": joined,
        }
        print(f"\n$ curl -X POST {self.base}/disco/ \\")
        print('    -H "X-User-Name: $OS_USERNAME" -H "X-Password: $OS_PASSWORD" \\')
        print('    -H "X-Tenant-Name: $OS_PROJECT_NAME" \\')
        print(" \\\n".join(f"    -H {shlex.quote(f'{k}: {v}')}" for k, v in headers.items()))
        answer = self.http.post(f"{self.base}/disco/", headers=headers, timeout=120)
        if answer.status_code != 201:
            raise DemoFailed(f"create answered {answer.status_code}: {answer.text}")
        print(f"201 Created\nLocation: {self.url}\n", flush=True)

    def _find_earlier(self) -> bool:
        """Whether the cluster of an earlier run exists; a failed one is deleted."""
        note = self.state / "demo-cluster"
        if not note.exists():
            note.write_text(str(uuid.uuid4()))
        self.url = f"{self.base}/disco/{note.read_text().strip()}"
        answer = self._get(self.url, Accept="application/occi+json")
        if answer.status_code == 404:
            return False
        status = answer.json()["attributes"]["stack_status"]
        if not status.endswith("_FAILED"):
            print(f"\nThe cluster of an earlier run exists: {self.url}", flush=True)
            self.is_earlier = True
            return True
        print(f"\nThe cluster of an earlier run is {status}; it is deleted first.", flush=True)
        self.delete()
        return False

    def wait_for_cluster(self) -> None:
        """Wait until the stack is complete, and print the nodes' own log as it grows."""
        began = time.monotonic()
        progress = Progress(began)

        def complete() -> bool:
            self.cluster = self._cluster()
            status = self.cluster["stack_status"]
            progress.say(status)
            address = self.cluster.get("external_ip")
            if address and self.runs_nodes:
                progress.follow(self._text(f"http://{address}:8084/deployment.log"))
            if status == "CREATE_FAILED":
                raise DemoFailed(self.cluster.get("stack_status_reason", "create failed"))
            return status in ("CREATE_COMPLETE", "RESUME_COMPLETE")

        self._until(CREATE_DEADLINE, "the cluster", complete)
        if self.is_earlier and self.runs_nodes:
            self._wait_for_health(began)
        else:
            print(f"The cluster is complete after {time.monotonic() - began:.0f} s.", flush=True)

    def _wait_for_health(self, began: float) -> None:
        """Wait until nodes that boot again are healthy: Heat calls their cluster complete.

        Raises:
            DemoFailed: they are not, in time.
        """
        print("Its nodes boot again; waiting until they are healthy ...", flush=True)
        reason = ""

        def healthy() -> bool:
            nonlocal reason
            answer = self._get(f"{self.url}/health", Accept="application/json")
            told = answer.json() if answer.ok else {"reason": answer.text}
            reason = str(told.get("reason", ""))[:400]
            return told.get("status") == "healthy"

        try:
            self._until(HEALTH_DEADLINE, "the cluster of the earlier run", healthy)
        except DemoFailed as error:
            raise DemoFailed(f"{error}: {reason}" if reason else str(error)) from error
        print(f"All its nodes are healthy after {time.monotonic() - began:.0f} s.", flush=True)

    def show(self) -> None:
        """Addresses, the key, and what the smoke jobs said; or what could not be run."""
        if not self.runs_nodes:
            self._check_user_data()
            return
        address = self.cluster["external_ip"]
        key = self.state / "demo-key"
        key.unlink(missing_ok=True)
        with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT, 0o600), "w") as stream:
            stream.write(self.cluster["ssh_private_key"].replace("\\n", "\n"))
        smokes = self._smokes(address)
        missing = {"dask", "jupyter"} - set(smokes)
        if missing:
            raise DemoFailed(f"no result of the smoke job of {', '.join(sorted(missing))}")
        if self.is_earlier:
            print("\nSmoke jobs, run when the earlier run created the cluster:")
        else:
            print("\nSmoke jobs, run on the cluster:")
        for name, result in sorted(smokes.items()):
            print(f"  {name}: {result['result']} ({result['seconds']:.1f} s)")
        cluster_id = self.url.rpartition("/")[2][:8]
        describe(cluster_id, self.cluster, key, self.base, self.state / "openrc")

    def _smokes(self, address: str) -> dict[str, Any]:
        """What the smoke jobs said; nodes of an earlier run may still be booting."""
        results: dict[str, Any] = {}

        def read() -> bool:
            answer = self.http.get(
                f"http://{address}:8084/status.json", headers={"X-Password": None}, timeout=5
            )
            if answer.ok:
                results.update(answer.json().get("smoke", {}))
            return answer.ok

        self._until(NODE_DEADLINE, "the master's log server", read)
        return results

    def delete(self) -> None:
        """The README's delete command, and the proof that nothing is left."""
        print(f"\n$ curl -X DELETE {self.url}", flush=True)
        answer = self.http.delete(self.url, timeout=120)
        if answer.status_code != 200:
            raise DemoFailed(f"delete answered {answer.status_code}: {answer.text}")
        self._until(
            DELETE_DEADLINE,
            "the end of the cluster",
            lambda: self._get(self.url).status_code == 404,
        )
        left = leftovers(self.state / "openrc")
        nodes = self.state / "nodes"
        left += [str(path) for path in nodes.iterdir()] if nodes.is_dir() else []
        if left:
            raise DemoFailed(f"left after the delete: {', '.join(left)}")

    # -- details -----------------------------------------------------------

    def _until(self, seconds: float, what: str, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.service.poll() is not None:
                raise DemoFailed(f"the service ended with status {self.service.returncode}")
            with contextlib.suppress(requests.ConnectionError, requests.Timeout):
                if done():
                    return
            time.sleep(0.5)
        raise DemoFailed(f"{what} was not ready after {seconds:.0f} s")

    def _get(self, url: str, **headers: str) -> requests.Response:
        return self.http.get(url, headers=headers, timeout=30)

    def _text(self, url: str) -> str:
        try:
            answer = self.http.get(url, headers={"X-Password": None}, timeout=2)
        except requests.RequestException:
            return ""
        return answer.text if answer.ok else ""

    def _cluster(self) -> dict[str, str]:
        answer = self._get(self.url, Accept="application/occi+json")
        if not answer.ok:
            raise DemoFailed(f"GET answered {answer.status_code}: {answer.text}")
        attributes: dict[str, str] = answer.json()["attributes"]
        return attributes

    def _images(self) -> list[dict[str, Any]]:
        session = open_session(self.state / "openrc")
        endpoint = session.get_endpoint(service_type="image", interface="public")
        images: list[dict[str, Any]] = session.get(f"{endpoint}/v2/images").json()["images"]
        return images

    def _check_user_data(self) -> None:
        """Without nodes: at least what they would run is sound."""
        reason = (self.state / "nodes-reason").read_text().strip()
        print(f"\nThe cluster's nodes do not run, so Dask and Jupyter are not tried. {reason}")
        try:
            checked = check_user_data(self.state / "openrc", self.cluster["stackid"])
        except RuntimeError as error:
            raise DemoFailed(str(error)) from error
        print("Checks of their user data:")
        for line in checked:
            print(f"  {line}")
