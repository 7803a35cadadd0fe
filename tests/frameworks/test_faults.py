"""What goes wrong while a cluster is made: it works in the end, or tells node, step and reason."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import random
import re
import shutil
import tarfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock

import pytest

from disco.data_files import data_dir
from disco.embedded.cloud import EmbeddedCloud
from disco.embedded.nodes.image.images import SWITCH
from tests.frameworks.site import HOST, Cluster, Site, wait_for_image
from tests.support.cloud import free_port_pair
from tests.support.nodes import needs_nodes
from tests.support.service import Caller, attributes, running_service

pytestmark = needs_nodes

DEADLINE = 900
IMAGE = "debian-12"
COMPONENT = """\
schema: 1
name: {name}
title: {title}
description: A framework that something happens to.
versions: ["1"]
artifacts:
  - {{file: {name}.tgz, sources: {sources}, sha512: {{"1": "{sha512}"}}}}
requires:
  installed: [{{component: shell, state: start}}]
roles:
  master: {{install: install.sh.j2, configure: configure.sh.j2, daemons: {master}}}
  worker: {{install: install.sh.j2, configure: configure.sh.j2, daemons: {worker}}}
smoke: {{script: smoke.sh.j2}}
"""
INSTALL = "unpack {{ component.home }} {{ artifacts[0].words }}\n"
CONFIGURE = "install -d -o disco /var/lib/disco/{{ component.name }}\n"
SMOKE = 'echo "content $(sha512sum <{{ component.home }}/content | head -c 8)"\n'
#: the worker's is ready in a few seconds or not at all, and only when the master's is there
LATE_MASTER = """[{name: server, user: disco, ready: {http: "http://{{ node.address }}:7999/"},
      exec: "/usr/bin/python3 -m http.server --bind {{ node.address }} 7999"}]"""
LATE_WORKER = """[{name: client, user: disco,
      exec: "/bin/bash -c 'echo asking; exec curl -sS --fail http://{{ master.address }}:7999/'",
      ready: {tcp: "{{ master.address }}:7999", timeout: 20}}]"""
#: the master does nothing until the worker waits for it, and then for some time more
MASTER_SLEEPS = """
if [[ $DISCO_ROLE == master && ! -e /var/lib/slept ]]; then
  touch /var/lib/slept
  worker=http://${DISCO_WORKER_BASE%.*}.$((${DISCO_WORKER_BASE##*.} + 1)):8084/status.json
  for ((i = 0; i < 400; i++)); do
    if curl -s -m 2 "$worker" | grep master:up; then break; fi
    if curl -s -m 2 "$worker" | grep failed; then break; fi
    sleep 0.5
  done
  sleep 8
fi
"""
REBOOTS = """
if [[ $DISCO_ROLE == worker && ! -e /var/lib/rebooted ]]; then
  touch /var/lib/rebooted
  echo "half of it is done"
  systemctl reboot
  sleep 300
fi
"""
DIES = """
if [[ $DISCO_INDEX == 2 ]]; then
  seen=http://$DISCO_MASTER_ADDRESS:8084/nodes/$DISCO_NAME/status.json
  wait_for 50 "the master to hear of this" disco_http "$seen" dying:installed
  systemctl poweroff --force --force
  sleep 300
fi
"""


def archive(name: str) -> bytes:
    """A small archive, of which a part is enough to break off in the middle."""
    data = random.Random(name).randbytes(600_000)
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        entry = tarfile.TarInfo(f"{name}-1/content")
        entry.size = len(data)
        tar.addfile(entry, io.BytesIO(data))
    return stream.getvalue()


@dataclass
class Sources:
    """A web server with habits; the first word of a path says which."""

    archives: dict[str, bytes] = field(default_factory=dict, repr=False)
    asked: list[tuple[str, str | None]] = field(default_factory=list, repr=False)
    port: int = 0

    def url(self, habit: str) -> str:
        """As nodes know it."""
        return f"http://{HOST}:{self.port}/{habit}"

    @contextlib.contextmanager
    def served(self) -> Iterator[None]:
        """While nodes may ask."""
        sources = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                habit, _, rest = self.path.strip("/").partition("/")
                given = self.headers.get("Range")
                sources.asked.append((self.path, given))
                data = sources.archives.get(rest.rpartition("/")[2].removesuffix(".tgz"))
                lacking = habit == "mirror" and "rebooting" not in rest
                if data is None or lacking or habit == "gone":
                    self.send_error(404)
                    return
                if habit == "lies":
                    data = data[::-1]
                start = int(re.findall(r"\d+", given)[0]) if given else 0
                self.send_response(206 if start else 200)
                self.send_header("Content-Length", str(len(data) - start))
                if start:
                    self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
                self.end_headers()
                breaks = habit == "breaks" and not start
                self.wfile.write(data[start : len(data) // 2] if breaks else data[start:])
                self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield
        server.shutdown()
        server.server_close()


def framework(
    folder: Path,
    sources: Sources,
    name: str,
    *habits: str,
    before: str = "",
    master: str = "[]",
    worker: str = "[]",
) -> None:
    """A framework whose archive has sources with these habits."""
    sources.archives[name] = archive(name)
    place = folder / name
    place.mkdir()
    (place / "component.yaml").write_text(
        COMPONENT.format(
            name=name,
            title=name.title(),
            sources=[sources.url(habit) for habit in habits],
            sha512=hashlib.sha512(sources.archives[name]).hexdigest(),
            master=master,
            worker=worker,
        )
    )
    (place / "install.sh.j2").write_text(before + INSTALL)
    (place / "configure.sh.j2").write_text(CONFIGURE)
    (place / "smoke.sh.j2").write_text(SMOKE)


def base(folder: Path) -> Path:
    """DISCO's own components, with a time limit that a test can wait for."""
    shutil.copytree(data_dir() / "frameworks", folder)
    file = folder / "heat/component.yaml"
    text = file.read_text()
    shorter = re.sub(r"(  timeout:\n(?:    .*\n)*?    min: )5\n", r"\g<1>1\n", text)
    assert shorter != text
    file.write_text(shorter)
    return folder


@dataclass
class Lab:
    """Two services on one cloud: one whose mirror is down, and on which masters are late."""

    site: Site
    dark: Site
    sources: Sources


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("faults")
    sources = Sources(port=free_port_pair())
    dead = free_port_pair()
    own = folder / "own"
    own.mkdir()
    framework(own, sources, "breaking", "breaks")
    framework(own, sources, "rebooting", "good", before=REBOOTS)
    framework(own, sources, "lying", "lies", "gone")
    framework(own, sources, "dying", "good", before=DIES)
    late = {"master": LATE_MASTER, "worker": LATE_WORKER}
    framework(own, sources, "late", "gone", "good", **late)
    framework(own, sources, "nowhere", "gone")
    usual, slow = base(folder / "usual"), base(folder / "slow")
    with (slow / "shell/head.sh.j2").open("a") as head:
        head.write(MASTER_SLEEPS)
    cloud = EmbeddedCloud(
        folder / "state", nodes="auto", cloud_port=free_port_pair(), reachable=(sources.port, dead)
    )
    without_layer = mock.patch.dict(os.environ, {SWITCH: "off"})
    with without_layer, sources.served(), cloud, contextlib.ExitStack() as stack:
        who = cloud.credentials
        headers = {
            "X-User-Name": who.username,
            "X-Password": who.password,
            "X-Tenant-Name": who.project_name,
            "X-Region-Name": who.region_name,
        }

        def service(name: str, frameworks: Path, mirror: str) -> Site:
            place = folder / f"service-{name}"
            place.mkdir()
            settings = {
                "waitcondition": "True",
                "framework_directory": f"{frameworks}:{own}",
                "mirror": mirror,
            }
            running = stack.enter_context(running_service(place, cloud.auth_url, **settings))
            return Site(place, cloud, Caller(running.base, headers))

        site = service("usual", usual, sources.url("mirror"))
        dark = service("dark", slow, f"http://{HOST}:{dead}")
        wait_for_image(cloud, IMAGE)
        yield Lab(site, dark, sources)


def outcome(
    site: Site, inject: str, workers: int = 1, timeout: str = "30"
) -> tuple[str, dict[str, str]]:
    """Address and attributes of a cluster that came to its end, whichever that is."""
    # nothing of the frameworks' software is needed
    sent = attributes(
        masterimage=IMAGE,
        slaveimage=IMAGE,
        slavecount=str(workers),
        timeout=timeout,
        inject=inject,
    )
    answer = site.caller.create(sent)
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]

    deadline = time.monotonic() + DEADLINE
    while True:
        shown = site.caller.show(location)
        if not shown["stack_status"].endswith("IN_PROGRESS"):
            return location, shown
        assert time.monotonic() < deadline, f"{inject} is {shown['stack_status']}"
        time.sleep(1)


@dataclass
class Ends:
    """How all clusters ended; they were made side by side."""

    clusters: dict[str, Cluster]

    def works(self, name: str) -> Cluster:
        found = self.clusters[name]
        assert found.shown["stack_status"] == "CREATE_COMPLETE", found.shown["stack_status_reason"]
        return found

    def reason(self, name: str) -> str:
        found = self.clusters[name]
        assert found.shown["stack_status"] == "CREATE_FAILED"
        return found.shown["stack_status_reason"]


@pytest.fixture(scope="module")
def ends(lab: Lab) -> Iterator[Ends]:
    asked = {
        "dying": (lab.site, "{'dying': ''}", 2, "1"),
        "late": (lab.dark, "{'late': ''}"),
        "good": (lab.site, "{'breaking': '', 'rebooting': ''}"),
        "lying": (lab.site, "{'lying': ''}"),
        "nowhere": (lab.dark, "{'nowhere': ''}"),
    }
    # the first takes its time and needs none of the machine's; of the others two at once
    with ThreadPoolExecutor(3) as pool:
        running = {name: pool.submit(outcome, *words) for name, words in asked.items()}
        found = {name: future.result() for name, future in running.items()}
    clusters = {n: Cluster(asked[n][0], where, shown) for n, (where, shown) in found.items()}
    yield Ends(clusters)
    for cluster in clusters.values():
        cluster.site.caller.request("DELETE", cluster.location)
    for cluster in clusters.values():
        cluster.site.caller.wait_until_gone(cluster.location, seconds=120)


def result(name: str) -> str:
    """What the smoke job must say: that the content is right."""
    data = random.Random(name).randbytes(600_000)
    return f"content {hashlib.sha512(data).hexdigest()[:8]}"


def test_a_download_that_breaks_in_the_middle_is_resumed(lab: Lab, ends: Ends) -> None:
    assert ends.works("good").smoke["breaking"] == result("breaking")
    ranges = [given for path, given in lab.sources.asked if path == "/breaks/breaking.tgz"]
    half = len(lab.sources.archives["breaking"]) // 2
    assert ranges.count(None) == 2, "a node each"
    assert ranges.count(f"bytes={half}-") == 2


def test_a_node_that_reboots_in_the_middle_goes_on(ends: Ends) -> None:
    cluster = ends.works("good")
    log = cluster.log("nodes/disco-worker-1/deployment.log")
    assert "goes on after an interruption" in log
    assert "has finished" in log
    assert cluster.smoke["rebooting"] == result("rebooting")
    left = cluster.run(
        "find /var/lib/disco -name install; ls /etc/systemd/system | grep install || true",
        "disco-worker-1",
    )
    assert left.strip() == "", "nothing is left of what went on"


def test_the_mirror_is_down_and_the_next_source_serves(lab: Lab, ends: Ends) -> None:
    assert ends.works("late").smoke["late"] == result("late")
    assert ("/good/late.tgz", None) in lab.sources.asked


def test_a_master_that_comes_up_after_the_workers_is_no_failure(ends: Ends) -> None:
    cluster = ends.works("late")
    events = cluster.log("nodes/disco-worker-1/events.jsonl").splitlines()
    (waited,) = [e for e in events if '"step": "master:up", "event": "end"' in e]
    assert '"status": "ok"' in waited
    assert float(re.findall(r'"seconds": ([\d.]+)', waited)[0]) > 6


def test_a_wrong_checksum_is_named(ends: Ends) -> None:
    reason = ends.reason("lying")
    for words in ("disco-", "lying:installed", "lying.tgz", "checksum"):
        assert words in reason


def test_a_mirror_that_is_down_without_another_source_is_named(ends: Ends) -> None:
    reason = ends.reason("nowhere")
    for words in ("disco-", "nowhere:installed", "no source has nowhere.tgz"):
        assert words in reason


def test_a_worker_that_is_killed_is_named(ends: Ends) -> None:
    reason = ends.reason("dying")
    for words in (
        "disco-manager: workers:done",
        "60 s",
        "disco-worker-2 (last heard of at dying:installed)",
    ):
        assert words in reason


def test_the_master_keeps_what_workers_daemons_wrote(ends: Ends) -> None:
    late = ends.works("late")
    logs = "/var/log/disco"  # which port 8084 does not show
    assert "asking" in late.run(f"cat {logs}/nodes/disco-worker-1/late/client.log")
    assert "GET / " in late.run(f"cat {logs}/late/server.log")
    assert "half of it is done" in ends.works("good").log(
        "nodes/disco-worker-1/components/rebooting/installed.log"
    )
