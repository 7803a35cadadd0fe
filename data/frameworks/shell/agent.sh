# The node's agent: runs hooks when the server's metadata changes in the cloud. It is how
# a cluster is told something after its start; nobody opens a connection to a node.
# Bash; sourced as root after library.sh.
# shellcheck shell=bash

# From here on only root's processes reach the metadata service, which gives out the user data
# and with it the node's credentials. A unit does it, at each boot before there is a network.
disco_guard() {
  disco_file /opt/disco/lib/guard 0755 root:root <<'GUARD'
#!/bin/bash
# Keeps all users but root from the metadata service. A rule of the routing table needs no
# package that cloud images lack, as nft and iptables may be.
export LC_ALL=C
while read -r first _ count; do # not every user is known in a container
  ((first > 1 || first + count < 3)) || last=$((first + count - 1))
done </proc/self/uid_map
[[ -n ${last:-} ]] || exit 0 # there are no other users
refused() { [[ $(ip route get 169.254.169.254 uid 1 ipproto tcp dport 80 2>&1) == *"Permission denied"* ]]; }
rule() { # systemd-networkd removes rules of others than the kernel
  ip "$1" rule add pref 80 to "$2" uidrange "1-$last" ipproto tcp dport 80 protocol kernel prohibit
}
refused && exit 0
rule -6 fe80::a9fe:a9fe/128 2>/dev/null # nothing to refuse where there is no IPv6
rule -4 169.254.169.254/32
refused && exit 0
iptables -w -I OUTPUT -d 169.254.169.254 -p tcp --dport 80 -m owner ! --uid-owner 0 -j REJECT
GUARD
  disco_unit disco-guard <<UNIT
[Unit]
Description=DISCO: only root reaches the metadata service
DefaultDependencies=no
After=local-fs.target
Before=network-pre.target
Wants=network-pre.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/bash $DISCO_OPT/lib/guard
[Install]
WantedBy=multi-user.target
UNIT
  disco_start disco-guard || log "warning: every user of this node can read its user data from" \
    "169.254.169.254: $(journalctl --no-pager -q -n 1 -o cat -t bash -u disco-guard 2>/dev/null || true)"
}

# A hook is an executable /opt/disco/agent.d/NAME. Its standard input has a line KEY=VALUE for
# each item of the metadata that is new or different, KEY= for one that is gone: at first all
# of them, then what changed since it last ended with 0. Else it is run again.
disco_agent() {
  mkdir -p "$DISCO_OPT/agent.d"
  disco_file /opt/disco/lib/agent.py 0644 root:root <<'PYTHON'
import http.client, json, os, subprocess, sys, threading, time

host, pause, hooks, state = sys.argv[1:]
running, handled, failures = {}, {}, 0


def metadata():
    link = http.client.HTTPConnection(host, timeout=10)
    try:
        link.request("GET", "/openstack/latest/meta_data.json")
        answer = link.getresponse()
        meta = json.loads(answer.read()).get("meta") or {} if answer.status == 200 else None
        return meta and {k: " ".join(str(v).split("\n")) for k, v in meta.items()}
    except (OSError, http.client.HTTPException, ValueError, AttributeError):
        return None
    finally:
        link.close()


def seen(name):
    try:
        with open(os.path.join(state, name)) as f:
            return json.load(f)
    except (OSError, ValueError):
        return {}


def call(name, old, new):
    lines = "".join(f"{k}={new.get(k, '')}\n" for k in sorted({*old, *new}) if old.get(k) != new.get(k))
    try:
        if subprocess.run([os.path.join(hooks, name)], input=lines.encode()).returncode == 0:
            handled[name] = new
            with open(os.path.join(state, name + ".new"), "w") as f:
                json.dump(new, f)
            os.replace(f.name, os.path.join(state, name))
    except OSError as error:
        print(name, error, flush=True)


os.umask(0o077)
os.makedirs(state, exist_ok=True)
while True:
    new = metadata()
    failures = failures + 1 if new is None else 0
    for name in sorted(os.listdir(hooks)) if new is not None else ():
        old = handled.setdefault(name, seen(name))
        busy = name in running and running[name].is_alive()
        if old != new and not busy and os.access(os.path.join(hooks, name), os.X_OK):
            # one that takes its time holds up no other
            running[name] = threading.Thread(target=call, args=(name, old, new))
            running[name].start()
    # no such service here, perhaps: seldom asked then
    time.sleep(float(pause) if failures < 20 else 60)
PYTHON
  [[ $DISCO_ROLE != master ]] || disco_file /opt/disco/agent.d/retry 0755 root:root <<'RETRY'
#!/bin/bash
# A create that failed goes on where it failed, and tells its end to another place. Workers
# that are made anew must not be known by what the old ones said.
again="" token="" endpoint=""
while IFS='=' read -r key value; do
  case $key in
  disco_retry) again=$value ;;
  disco_token) token=$value ;;
  disco_endpoint) endpoint=$value ;;
  esac
done
[[ -n $again && -n $endpoint ]] || exit 0
exec 9>"${DISCO_STATE}/lock"
flock 9 # what runs still comes to its end first
json='Content-Type: application/json'
if [[ -f ${DISCO_STATE}/failed ]]; then
  rm -f "${DISCO_WEB}"/nodes/*/status.json
  exec 9>&-
  export DISCO_AGAIN="curl -X POST -H 'X-Auth-Token: $token' -H '$json' -H 'Accept: application/json' '$endpoint'"
  bash "${DISCO_STATE}/failed" || true # it has told so itself
  exit 0
fi
# all was well, and Heat did not hear of it
said=$(printf -- '-H "X-Auth-Token: %s"\n' "$token" |
  curl --config - -sSf -m 20 --retry 5 -o /dev/null -H "$json" "$endpoint" \
    -d '{"status": "SUCCESS", "reason": "cluster is ready", "data": "", "id": "${DISCO_NAME}"}' 2>&1) ||
  { echo "Heat did not take the signal SUCCESS: $said" >>"${DISCO_WEB}/deployment.log" && exit 1; }
RETRY
  [[ $DISCO_ROLE != master ]] || disco_joining
  disco_unit disco-agent <<UNIT
[Unit]
Description=DISCO: does what the cloud's metadata of this server asks for
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0
[Service]
EnvironmentFile=-$DISCO_ETC/network.env
ExecStart=/usr/bin/python3 -I /opt/disco/lib/agent.py 169.254.169.254 $([[ $DISCO_ROLE == master ]] && echo 5 || echo 30) $DISCO_OPT/agent.d $DISCO_ROOT/var/lib/disco/agent
Restart=always
RestartSec=10
[Install]
WantedBy=multi-user.target
UNIT
  disco_start disco-agent
}
