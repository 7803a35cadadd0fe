# What workers that join later say is collected on the master, as that of the first ones is:
# the agent's hook on the master.
# Bash; sourced as root after agent.sh.
# shellcheck shell=bash

disco_joining() {
  disco_file /opt/disco/agent.d/join 0755 root:root <<'PYTHON'
#!/usr/bin/python3 -I
# Collects the status, steps and logs of the workers that join, until they are done or failed.
import io, json, os, sys, tarfile, time, urllib.request

WEB, NODE, PREFIX = "${DISCO_WEB}", "${DISCO_NAME}", "${DISCO_WORKER_NAME}"
BASE, LIMIT = "${DISCO_WORKER_BASE}", ${DISCO_TIMEOUT}
FILES = ("deployment.log", "events.jsonl", "status.json")
os.umask(0o022)  # the log server reads it
said = dict(line.rstrip("\n").split("=", 1) for line in sys.stdin)
serial, _, text = said.get("disco_joining", "").partition(" ")
parts = [part.partition("-") for part in text.split(",") if part]
pending = {n for a, _, b in parts for n in range(int(a), int(b or a) + 1)}
ask = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


def log(words):
    with open(f"{WEB}/deployment.log", "a") as out:
        print(time.strftime("%Y-%m-%d %H:%M:%S"), f"{NODE}: {words}", file=out)


def fetch(number, file):
    a, b, c, d = map(int, BASE.split("."))
    n = (a << 24) + (b << 16) + (c << 8) + d + number
    address = ".".join(str(n >> shift & 255) for shift in (24, 16, 8, 0))
    return ask(f"http://{address}:8084/{file}", timeout=10).read()


def write(path, content):
    with open(path + ".new", "wb") as out:
        out.write(content)
    os.replace(path + ".new", path)


def before(folder):
    """The steps of who had the name before: who reads on after them finds the new ones."""
    path = f"{folder}/.before-{serial}"
    if not os.path.exists(path):
        try:
            with open(f"{folder}/events.jsonl", "rb") as old:
                write(path, old.read())
        except OSError:
            write(path, b"")
    with open(path, "rb") as old:
        return old.read()


def collect(number):
    """What the worker says of itself: done, failed, or nothing."""
    folder = f"{WEB}/nodes/{PREFIX}{number}"
    os.makedirs(folder, exist_ok=True)
    first = before(folder)
    status = {}
    for file in FILES:
        content = fetch(number, file)
        if file == "status.json":
            status = json.loads(content)
        write(f"{folder}/{file}", first + content if file == "events.jsonl" else content)
    if status.get("status") not in ("done", "failed"):
        return ""
    with tarfile.open(fileobj=io.BytesIO(fetch(number, "components.tar"))) as tar:
        for member in tar:  # regular files below components/, whatever the names say
            path = os.path.normpath(f"{folder}/{member.name}")
            if member.isfile() and path.startswith(f"{folder}/components/"):
                os.makedirs(os.path.dirname(path), exist_ok=True)
                write(path, tar.extractfile(member).read())
    return f"failed at {status.get('step')}: {status.get('reason')}" if status["status"] == "failed" else "has joined"


end = time.monotonic() + LIMIT
if pending:
    log(f"workers are to join: {', '.join(f'{PREFIX}{n}' for n in sorted(pending))}")
while pending and time.monotonic() < end:
    for number in sorted(pending):
        try:
            word = collect(number)
        except (OSError, ValueError, tarfile.TarError):
            continue  # it is not up yet, or was in the middle of writing
        if word:
            log(f"{PREFIX}{number} {word}")
            pending.discard(number)
    time.sleep(2)
if pending:
    log(f"no word that they are done within {LIMIT} s from {', '.join(f'{PREFIX}{n}' for n in sorted(pending))}")
PYTHON
}
