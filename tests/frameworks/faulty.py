"""Frameworks that something happens to, and where they are downloaded from."""

from __future__ import annotations

import contextlib
import hashlib
import io
import random
import re
import shutil
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from disco.data_files import data_dir
from tests.frameworks.site import HOST

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
