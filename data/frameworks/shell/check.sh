# Whether a cluster works still: probes and smoke jobs once more, asked for through the
# master's metadata. Bash; sourced as root after agent.sh.
# shellcheck shell=bash

# It is the node's own script that runs again, with DISCO_CHECK set to the check's number;
# whatever is not about checking does nothing then. Who is to be there, as 1-3,5, is in
# DISCO_CHECK_WORKERS on the master.
: "${DISCO_CHECK:=}" "${DISCO_CHECK_WORKERS:=}" "${DISCO_CHECK_TIMEOUT:=300}"

if [[ -n $DISCO_CHECK ]]; then
  disco_start() { # what should run is looked at, and not started again
    wait_for 60 "the unit ${1%.service}" systemctl is-active -q "${1%.service}.service"
  }
fi

# disco_checked STATUS [STEP REASON LINES]: checked.json, complete at any moment.
disco_checked() {
  local name step reason lines
  disco_json "$DISCO_NAME" && name=$REPLY
  disco_json "${2:-}" && step=$REPLY
  disco_json "${3:-}" 600 && reason=$REPLY
  disco_json "${4:-}" 1500 && lines=$REPLY
  printf '{"check": %s, "status": "%s", "node": %s, "step": %s, "reason": %s, "lines": %s}\n' \
    "$DISCO_CHECK" "$1" "$name" "$step" "$reason" "$lines" >"$DISCO_WEB/.checked.json"
  disco_check_is
}

# What is in .checked.json is so; the master's end is told on its console, too, which
# Nova shows where nobody reaches the log server.
disco_check_is() {
  mv -f "$DISCO_WEB/.checked.json" "$DISCO_WEB/checked.json"
  [[ $DISCO_ROLE == master && -z $DISCO_ROOT && $(<"$DISCO_WEB/checked.json") != *'"status": "running"'* ]] || return 0
  { printf 'DISCO check %s\n' "$(<"$DISCO_WEB/checked.json")" >/dev/console; } 2>/dev/null || true
}

# In the place of disco_step: readiness alone.
disco_check_step() {
  local name=${1%:*}:checked log=$DISCO_WEB/components/${1%:*}/checked.log rc seconds start
  if [[ $1 == shell:start ]]; then
    log "is to be checked"
    disco_checked running
    disco_event node:checked start running
    return 0
  fi
  [[ $1 == *:ready ]] || return 0
  DISCO_STEP=$name
  mkdir -p "${log%/*}"
  : >"$log"
  disco_now && start=$REPLY
  disco_event "$name" start running
  disco_run "$log" 0 "$2"
  rc=$REPLY
  disco_seconds "$start" && seconds=$REPLY
  if ((rc == 0)); then
    disco_event "$name" end ok "$seconds"
    return 0
  fi
  disco_event "$name" end failed "$seconds"
  disco_cause "$log"
  disco_fail "$name" "exit $rc: ${REPLY:0:400}" "$(tail -n 20 "$log")"
}

# disco_check_ends passed|failed [STEP REASON LINES]: and the script with it.
disco_check_ends() {
  DISCO_OUTCOME=$1
  if [[ $1 == passed ]]; then
    disco_event node:checked end ok "$SECONDS"
    log "checked after $SECONDS s: it works"
  else
    disco_event node:checked end failed "$SECONDS"
    log "check FAILED: $2: $3"
  fi
  disco_checked "$@"
  [[ $1 == passed ]] && exit 0
  exit 1
}

# All workers are asked at once, again and again, until each has said how it is.
disco_check_workers() {
  local -a pending=()
  local part i config folder silent told end=$((SECONDS + DISCO_CHECK_TIMEOUT))
  for part in ${DISCO_CHECK_WORKERS//,/ }; do
    for ((i = ${part%-*}; i <= ${part#*-}; i++)); do
      pending[$i]=$DISCO_WORKER_NAME$i
      rm -f "$DISCO_WEB/nodes/${pending[i]}/checked.json"
    done
  done
  DISCO_STEP=workers:checked
  disco_event workers:checked start running
  while ((${#pending[@]})); do
    config=""
    for i in "${!pending[@]}"; do
      disco_worker_address "$i"
      folder=$DISCO_WEB/nodes/${pending[i]}
      mkdir -p "$folder"
      config+="url = \"http://$REPLY:8084/check/$DISCO_CHECK\""$'\n'"output = \"$folder/checked.json\""$'\n'
      config+="url = \"http://$REPLY:8084/events.jsonl\""$'\n'"output = \"$folder/events.jsonl\""$'\n'
    done
    disco_ask_nodes <<<"$config"
    for i in "${!pending[@]}"; do
      folder=$DISCO_WEB/nodes/${pending[i]}
      [[ -s $folder/checked.json ]] || continue
      case $(<"$folder/checked.json") in
      *"\"check\": $DISCO_CHECK, \"status\": \"passed\""*) unset "pending[$i]" ;;
      *"\"check\": $DISCO_CHECK, \"status\": \"failed\""*)
        disco_event workers:checked end failed "$SECONDS"
        disco_event node:checked end failed "$SECONDS"
        log "check FAILED on ${pending[i]}"
        DISCO_OUTCOME=failed
        cp "$folder/checked.json" "$DISCO_WEB/.checked.json"
        disco_check_is
        exit 1
        ;;
      esac
    done
    ((${#pending[@]})) || break
    if ((SECONDS >= end)); then
      disco_event workers:checked end failed "$SECONDS"
      silent=("${pending[@]}")
      told="${silent[*]:0:5}"
      ((${#silent[@]} <= 5)) || told+=" and $((${#silent[@]} - 5)) more"
      disco_fail workers:checked "no word that they work within $DISCO_CHECK_TIMEOUT s from: ${told// /, }"
    fi
    sleep "$DISCO_POLL"
  done
  disco_event workers:checked end ok "$SECONDS"
}

# Smoke jobs count on the workers that the cluster was created with.
disco_other_workers() {
  local part count=0 last=0
  [[ -n $DISCO_CHECK_WORKERS ]] || return 1
  for part in ${DISCO_CHECK_WORKERS//,/ }; do
    last=${part#*-}
    ((count += last - ${part%-*} + 1))
  done
  ((count != DISCO_WORKERS || last != DISCO_WORKERS))
}

# Who has a node checked: on the master the agent, on a worker the log server, which the
# master asks.
disco_check_when_asked() {
  if [[ $DISCO_ROLE == master ]]; then
    disco_file /opt/disco/agent.d/check 0755 root:root <<'HOOK'
#!/bin/bash
while IFS='=' read -r key value; do
  [[ $key != disco_check ]] || asked=$value
done
[[ ${asked:-} =~ ^([0-9]+)\ ([0-9,-]+)$ && -f ${DISCO_STATE}/check ]] || exit 0
export DISCO_CHECK=${BASH_REMATCH[1]} DISCO_CHECK_WORKERS=${BASH_REMATCH[2]}
bash "${DISCO_STATE}/check" >/dev/null || true # it has told so itself
HOOK
    return
  fi
  disco_file /opt/disco/lib/check 0755 root:root <<'ASKED'
#!/bin/bash
rm -f "${DISCO_STATE}/ask" && mkfifo -m 0600 "${DISCO_STATE}/ask" && { [[ -n "${DISCO_ROOT}" ]] || chown disco "${DISCO_STATE}/ask"; }
exec 3<>"${DISCO_STATE}/ask"
while read -r asked <&3; do
  [[ ! $asked =~ ^[0-9]+$ ]] || DISCO_CHECK=$asked bash "${DISCO_STATE}/check" >/dev/null 3<&- || true
done
ASKED
  disco_unit disco-check <<UNIT
[Unit]
Description=DISCO: checks this node when the master asks
ConditionPathExists=$DISCO_STATE/check
[Service]
ExecStart=/bin/bash $DISCO_OPT/lib/check
Restart=always
RestartSec=5
[Install]
WantedBy=multi-user.target
UNIT
}
