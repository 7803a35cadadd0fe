# What workers that join later say is collected on the master, as that of the first ones is:
# the agent's hook on the master.
# Bash; sourced as root after agent.sh.
# shellcheck shell=bash

disco_joining() {
  disco_file /opt/disco/lib/workerlogs.py 0644 root:root <<'PYTHON'
"""Unpacks the logs that a worker sent. It is trusted less than who unpacks them: only regular
files where logs belong, each and all of them small."""
import os, re, sys, tarfile

folder = sys.argv[1]
places = {"components": (f"{folder}/components", 0o644),
          "daemons": (f"${DISCO_LOGS}/nodes/{os.path.basename(folder)}", 0o640)}
LARGEST, MOST = 256 << 10, 500
archive, name = f"{folder}/.components.tar", "(components|daemons)/([a-zA-Z0-9_-]{1,64}/[a-zA-Z0-9_.-]{1,64}[.]log)"
try:
    with tarfile.open(archive, "r:") as tar:  # not packed: that could become any size
        for number, member in enumerate(tar):
            place = re.fullmatch(name, member.name)
            if number >= MOST or not member.isreg() or member.issparse() or not 0 <= member.size <= LARGEST or not place:
                continue
            top, mode = places[place[1]]
            path = f"{top}/{place[2]}"
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path + ".new", "wb", opener=lambda p, flags: os.open(p, flags | os.O_NOFOLLOW, mode)) as out:
                out.write(tar.extractfile(member).read())
            os.replace(path + ".new", path)
finally:
    os.remove(archive)
PYTHON
  disco_file /opt/disco/agent.d/join 0755 root:root <<'PYTHON'
#!/usr/bin/python3 -I
# Collects the status, steps and logs of the workers that join, until they are done or failed.
import json, os, subprocess, sys, time

WEB, NODE, PREFIX = "${DISCO_WEB}", "${DISCO_NAME}", "${DISCO_WORKER_NAME}"
BASE, LIMIT = "${DISCO_WORKER_BASE}", ${DISCO_TIMEOUT}
FILES = ("deployment.log", "events.jsonl", "status.json")
os.umask(0o022)  # the log server reads it
said = dict(line.rstrip("\n").split("=", 1) for line in sys.stdin)
serial, _, text = said.get("disco_joining", "").partition(" ")
parts = [part.partition("-") for part in text.split(",") if part]
pending = {n for a, _, b in parts for n in range(int(a), int(b or a) + 1)}
ASK = ("curl", "-sf", "--noproxy", "*", "--connect-timeout", "3", "-m", "20", "--max-filesize", "16M", "--limit-rate", "4M")


def log(words):
    with open(f"{WEB}/deployment.log", "a") as out:
        print(time.strftime("%Y-%m-%d %H:%M:%S"), f"{NODE}: {words}", file=out)


def fetch(number, file):
    a, b, c, d = map(int, BASE.split("."))
    n = (a << 24) + (b << 16) + (c << 8) + d + number
    address = ".".join(str(n >> shift & 255) for shift in (24, 16, 8, 0))
    return subprocess.run([*ASK, f"http://{address}:8084/{file}"], stdout=subprocess.PIPE, check=True).stdout


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
    write(f"{folder}/.components.tar", fetch(number, "components.tar"))
    subprocess.run([sys.executable, "-I", "${DISCO_OPT}/lib/workerlogs.py", folder], timeout=30)
    return f"failed at {status.get('step')}: {status.get('reason')}" if status["status"] == "failed" else "has joined"


end = time.monotonic() + LIMIT
if pending:
    log(f"workers are to join: {', '.join(f'{PREFIX}{n}' for n in sorted(pending))}")
while pending and time.monotonic() < end:
    for number in sorted(pending):
        try:
            word = collect(number)
        except Exception:  # it is not up yet, was in the middle of writing, or sends anything
            continue
        if word:
            log(f"{PREFIX}{number} {word}")
            pending.discard(number)
    time.sleep(2)
if pending:
    log(f"no word that they are done within {LIMIT} s from {', '.join(f'{PREFIX}{n}' for n in sorted(pending))}")
PYTHON
}
