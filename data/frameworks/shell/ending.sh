# The end of a cluster that has a time to live or an idle limit. Bash; sourced as root
# after agent.sh, and only where there is such an end.
# shellcheck shell=bash

# Which nodes end when: each knows the time and hears of a later one by its server's
# metadata. The master deletes the stack, with a credential that allows nothing else. What
# is still there after that powers off.
disco_ending() {
  local state=$DISCO_ROOT/var/lib/disco/ending
  mkdir -p "$state" && chmod 0700 "$state"
  disco_file /var/lib/disco/ending/end 0600 root:root <<<"$DISCO_END"
  disco_file /var/lib/disco/ending/facts 0600 root:root <<FACTS
role=$DISCO_ROLE
idle=$DISCO_IDLE
master=$DISCO_MASTER_ADDRESS
workers=$DISCO_WORKERS
base=$DISCO_WORKER_BASE
capacity=$DISCO_WORKER_CAPACITY
auth=${DISCO_AUTH_URL:-}
stack=${DISCO_STACK_URL:-}
secret=${DISCO_END_SECRET:-}
FACTS
  disco_file /opt/disco/agent.d/ending 0755 root:root <<'HOOK'
#!/bin/bash
while IFS== read -r name value; do
  [[ $name == disco_end && $value == [0-9]*\ * ]] || continue
  printf '%s\n' "$value" >${DISCO_ROOT}/var/lib/disco/ending/end.new && mv ${DISCO_ROOT}/var/lib/disco/ending/end.new ${DISCO_ROOT}/var/lib/disco/ending/end
done
exit 0
HOOK
  disco_file /opt/disco/lib/ending.py 0644 root:root <<'PYTHON'
import concurrent.futures, http.client, ipaddress, json, os, subprocess, sys, time, urllib.error, urllib.request

state, web, grace, PAUSE, stat = *sys.argv[1:3], float(sys.argv[3]), float(sys.argv[4]), sys.argv[5]
facts = dict(line.rstrip("\n").partition("=")[::2] for line in open(f"{state}/facts"))
idle, master = int(facts["idle"] or 0), facts["role"] == "master"
BUSY = 0.2  # of one core


def say(text):
    print(text, flush=True)


def end():
    """When, and with which credential."""
    try:
        at, credential = open(f"{state}/end").read().split()[:2]
        return int(at), credential if credential != "-" else ""
    except (OSError, ValueError):
        return 0, ""


def used():
    """Seconds of CPU since some time."""
    try:
        with open(stat) as f:
            return int(next(w for w in f if w.startswith("usage_usec")).split()[1]) / 1e6
    except (OSError, StopIteration, ValueError):
        # of all processes that the node sees: /proc/stat is of the machine, also in a container
        ticks = 0
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat", "rb") as f:
                    ticks += sum(map(int, f.read().rpartition(b")")[2].split()[11:15]))
            except (OSError, ValueError):
                pass  # it has ended meanwhile
        return ticks / os.sysconf("SC_CLK_TCK")


def logged_in():
    out = subprocess.run(["ss", "-Htn", "state", "established", "( sport = :22 )"], capture_output=True)
    return bool(out.stdout.strip())


def publish(name, text):
    with open(f"{web}/.{name}", "w") as f:
        f.write(text)
    os.chmod(f.name, 0o644)
    os.replace(f.name, f"{web}/{name}")


def fetch(address, name):
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://{address}:8084/{name}", timeout=3) as answer:
            return float(answer.read(64))
    except (OSError, ValueError):
        return 0.0


def last_active(mine):
    """Of the whole cluster: what the workers publish, and the master's own."""
    newest = mine
    # workers that came later are asked before it is believed that nothing goes on
    for count in (int(facts["workers"]), min(int(facts["capacity"]), 1000)):
        if time.time() - newest > idle:
            addresses = [str(ipaddress.IPv4Address(facts["base"]) + i) for i in range(1, count + 1)]
            with concurrent.futures.ThreadPoolExecutor(64) as pool:
                newest = max([newest, *pool.map(lambda a: fetch(a, "active"), addresses)])
    return newest


def ask(method, url, body=None, headers=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})}, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.headers


def tell(text):
    """Where people look: the log that the log server has, too."""
    say(text)
    try:
        with open(f"{web}/deployment.log", "a") as f:
            f.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {text}\n")
    except OSError:
        pass


def delete(credential):
    """Ask Heat; what there is to say about it."""
    identity = {"methods": ["application_credential"], "application_credential": {"id": credential, "secret": facts["secret"]}}
    try:
        token = ask("POST", facts["auth"] + "/auth/tokens", {"auth": {"identity": identity}})["X-Subject-Token"]
        ask("DELETE", facts["stack"], headers={"X-Auth-Token": token})
        return "Heat is asked to delete the cluster"
    except urllib.error.HTTPError as error:
        return f"the cluster cannot be deleted: HTTP {error.code}"
    except (OSError, ValueError, http.client.HTTPException) as error:
        return f"the cluster cannot be deleted: {error}"


# A delete that Heat accepted may fail later, where other services refuse the credential: who
# is still here asks again, each time after twice as long, and then no more.
MOST = 4


def given_up(tries):
    return (
        f"The cluster is still here after it asked {tries} times to be deleted: this cloud does not let it delete"
        " itself. Its nodes power off. Delete it with your own credentials (disco delete), or have disco operate do so."
    )


began = time.monotonic()
active, before, over = time.time(), (began, used()), 0.0
asked_for, tries, ask_at, off_at = None, 0, 0.0, began + grace / 15  # after a start the end may have been moved
while True:
    now, (at, credential) = time.time(), end()
    if idle and time.monotonic() - before[0] >= min(6 * PAUSE, idle / 4):
        seconds, cpu = time.monotonic() - before[0], used()
        if cpu - before[1] > BUSY * seconds or logged_in():
            active = now
        before = (time.monotonic(), cpu)
        publish("active", str(active))
        if master and now - last_active(active) > idle:
            over = over or now
        elif not master:
            over = fetch(facts["master"], "ending")
    due = min([t for t in (at, over) if t], default=0)
    if due and now >= due:
        if master:
            publish("ending", str(due))
            if asked_for != (due, credential):
                asked_for, tries, ask_at = (due, credential), 0, 0.0
            if credential and tries < MOST and time.monotonic() >= ask_at:
                tries += 1
                ask_at = time.monotonic() + 12 * PAUSE * 2 ** (tries - 1)
                tell(delete(credential))
        if now >= due + (grace if credential else grace / 15) and time.monotonic() >= off_at:
            off_at = time.monotonic() + 600  # it may take a while, or be refused
            if master and credential and ask_at < float("inf"):
                tell(given_up(tries))
                tries, ask_at = MOST, float("inf")
            tell("the time is over: the node powers off")
            subprocess.run(["systemctl", "poweroff"])
    elif master and os.path.exists(f"{web}/ending"):
        os.remove(f"{web}/ending")
    time.sleep(max(0.1, min(PAUSE, due - now)) if due > now else PAUSE)
PYTHON
  disco_unit disco-ending <<UNIT
[Unit]
Description=DISCO: the end of a cluster whose time is over
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0
[Service]
EnvironmentFile=-$DISCO_ETC/network.env
ExecStart=/usr/bin/python3 -I $DISCO_OPT/lib/ending.py $state $DISCO_WEB 900 10 /sys/fs/cgroup/cpu.stat
Restart=always
RestartSec=10
[Install]
WantedBy=multi-user.target
UNIT
  disco_start disco-ending
}
