# The node library: what every step of a node's installation builds on.
# Bash; sourced as root after software.sh. Facts about the node come as DISCO_*
# variables.
# shellcheck shell=bash

: "${DISCO_CLUSTER:=none}" "${DISCO_ROLE:=worker}" "${DISCO_NAME:=node}"
: "${DISCO_ADDRESS:=}" "${DISCO_INDEX:=0}" "${DISCO_MASTER_NAME:=}" "${DISCO_MASTER_ADDRESS:=}"
: "${DISCO_WORKERS:=0}" "${DISCO_CIDR:=}" "${DISCO_TIMEOUT:=1800}"
: "${DISCO_WORKER_NAME:=}" "${DISCO_WORKER_BASE:=}" "${DISCO_WORKER_CAPACITY:=0}"
: "${DISCO_SIGNAL:=}"

DISCO_WEB=$DISCO_ROOT/home/ubuntu/webserver # port 8084 shows it to everybody
DISCO_LOGS=$DISCO_ROOT/var/log/disco       # of daemons: what users do is in them
DISCO_STATE=$DISCO_ROOT/var/lib/disco/$DISCO_CLUSTER
DISCO_POLL=0.5
DISCO_STEP=""
DISCO_REASON=""
DISCO_SMOKES=""
DISCO_OUTCOME=""
# whether a worker has seen the master
DISCO_GREETED=""
# who logs in, as the image has it
DISCO_LOGIN=disco
! id -u debian >/dev/null 2>&1 || DISCO_LOGIN=debian
! id -u ubuntu >/dev/null 2>&1 || DISCO_LOGIN=ubuntu

# ---- writing down what happens -------------------------------------------------

# A line of prose in deployment.log, and on standard output.
log() {
  local now
  printf -v now '%(%Y-%m-%d %H:%M:%S)T' -1
  mkdir -p "$DISCO_WEB"
  printf '%s %s: %s\n' "$now" "$DISCO_NAME" "$*" | tee -a "$DISCO_WEB/deployment.log"
}

# disco_json TEXT [LIMIT]: TEXT's last LIMIT characters as a JSON string, into REPLY.
disco_json() {
  local text=$1 limit=${2:-2000}
  ((${#text} <= limit)) || text="...${text: -$limit}"
  if LC_ALL=C && [[ $text == *[^[:print:][:space:]]* ]]; then # not all ASCII
    text=$(printf %s "$text" | iconv -c -f UTF-8 -t UTF-8 || true)
  fi
  LC_ALL=C.UTF-8
  text=${text//\\/\\\\} text=${text//\"/\\\"}
  text=${text//$'\n'/\\n} text=${text//$'\t'/\\t}
  REPLY="\"${text//[[:cntrl:]]/}\""
}

# Microseconds since the epoch, into REPLY.
disco_now() { REPLY=${EPOCHREALTIME//[!0-9]/}; }

# disco_seconds START: seconds since START (microseconds), into REPLY.
disco_seconds() {
  local start=$1 ms
  disco_now
  ms=$(((REPLY - start) / 1000))
  printf -v REPLY '%d.%03d' $((ms / 1000)) $((ms % 1000))
}

# disco_event STEP start|end STATUS SECONDS: a JSON line in events.jsonl.
disco_event() {
  local now name step
  TZ=UTC printf -v now '%(%Y-%m-%dT%H:%M:%S)T' -1
  disco_json "$DISCO_NAME" && name=$REPLY
  disco_json "$1" && step=$REPLY
  mkdir -p "$DISCO_WEB"
  printf '{"time": "%sZ", "node": %s, "role": "%s", "step": %s, "event": "%s", "status": "%s", "seconds": %s}\n' \
    "$now" "$name" "$DISCO_ROLE" "$step" "$2" "$3" "${4:-0}" >>"$DISCO_WEB/events.jsonl"
}

# disco_status running|done|failed: status.json, complete at any moment.
disco_status() {
  local name step reason
  [[ -z ${DISCO_CHECK:-} ]] || return 0 # what was installed is so still
  disco_json "$DISCO_NAME" && name=$REPLY
  disco_json "$DISCO_STEP" && step=$REPLY
  disco_json "$DISCO_REASON" 600 && reason=$REPLY
  mkdir -p "$DISCO_WEB"
  printf '{"node": %s, "role": "%s", "status": "%s", "step": %s, "reason": %s, "smoke": {%s}}\n' \
    "$name" "$DISCO_ROLE" "$1" "$step" "$reason" "$DISCO_SMOKES" >"$DISCO_WEB/.status.json"
  mv -f "$DISCO_WEB/.status.json" "$DISCO_WEB/status.json"
}

# disco_signal SUCCESS|FAILURE REASON [DATA]: tell Heat, if it waits. The token in
# the command line that Heat gave is shown to nobody: curl reads it from a pipe.
disco_signal() {
  [[ -n $DISCO_SIGNAL ]] || return 0
  local status=$1 reason data id body config="" arg code try pause=$DISCO_PAUSE error
  disco_json "$2" 600 && reason=$REPLY
  disco_json "${3:-}" 3000 && data=$REPLY
  disco_json "$DISCO_NAME" && id=$REPLY
  body="{\"status\": \"$status\", \"reason\": $reason, \"data\": $data, \"id\": $id}"
  body=${body//\\/\\\\} body=${body//\"/\\\"}
  local -a args=()
  # Heat's quoting is the shell's
  eval "args=(${DISCO_SIGNAL#curl })"
  local option=""
  for arg in "${args[@]}"; do
    arg=${arg//\\/\\\\} arg=${arg//\"/\\\"}
    case $option$arg in
    -X | -H | --request | --header) option=$arg ;;
    -[!-]* | --*)
      if [[ -n $option ]]; then config+="$option \"${arg}\""$'\n'; else config+=$arg$'\n'; fi
      option=""
      ;;
    *) config+="url = \"$arg\""$'\n' ;;
    esac
  done
  config+="data-binary = \"$body\""$'\n'
  for try in 1 2 3 4 5 6 7 8; do
    error=$(printf %s "$config" | curl --config - -sS -o /dev/null -m 20 -w '\n%{http_code}' 2>&1) || true
    code=${error##*$'\n'}
    case $code in
    2??) return 0 ;;
    400 | 401 | 403 | 404) ((try < 3)) || break ;; # said twice more, then believed
    esac
    sleep "$pause"
    pause=$((pause < 16 ? pause * 2 : 16))
  done
  error=$(grep -m 1 . <<<"${error%$'\n'*}" | disco_mask) || true
  log "Heat did not take the signal $status: ${error:-it answered $code}"
  return 1
}

# disco_fail STEP REASON [LAST LINES]: record it, tell Heat, stop everything.
disco_fail() {
  [[ -z ${DISCO_CHECK:-} ]] || disco_check_ends failed "$1" "$2" "${3:-}"
  if disco_going_down; then
    DISCO_OUTCOME=interrupted
    exit 1
  fi
  DISCO_STEP=$1 DISCO_REASON=$2 DISCO_OUTCOME=failed
  log "FAILED: $1: $2"
  disco_gather
  disco_status failed
  disco_signal FAILURE "$DISCO_NAME: $1: $2" "${3:-}" || true
  [[ $DISCO_ROLE != master ]] || disco_keep failed # what a retry runs
  disco_finish
  exit 1
}

disco_gather() { :; } # the master's end fetches the workers' logs


# An end that no step accounts for (a fault in the script itself) is a failure too.
disco_on_exit() {
  local rc=$?
  [[ $BASHPID == "$$" ]] || return 0 # a subshell that a signal ends may come here, too
  [[ -n $DISCO_OUTCOME ]] || (disco_fail "${DISCO_STEP:-start}" "the script ended early (exit $rc)") || true
}

# ---- an installation that is interrupted goes on -------------------------------

# cloud-init runs user data once. What is left of it after a reboot is run by a unit,
# from a copy that only root can read: the signal is in it.
disco_begin() {
  local started=$DISCO_STATE/started now
  mkdir -p "$DISCO_STATE"
  exec {DISCO_LOCK}>"$DISCO_STATE/lock"
  if ! flock -n "$DISCO_LOCK"; then
    echo "the installation runs already"
    DISCO_OUTCOME=elsewhere
    exit 0
  fi
  printf -v now '%(%s)T' -1
  if [[ -s $started ]]; then
    SECONDS=$((now > $(<"$started") ? now - $(<"$started") : 0)) # the deadlines stay
    log "goes on after an interruption"
    [[ -n $DISCO_ROOT ]] || dpkg --configure -a || true
    return 0
  fi
  [[ -f $0 ]] || return 0 # not a script of its own, nothing to run again
  install -m 0700 "$0" "$DISCO_STATE/install"
  disco_unit disco-install <<UNIT
[Unit]
Description=DISCO: go on with an installation that a reboot interrupted
Wants=network-online.target
After=network-online.target
ConditionPathExists=$DISCO_STATE/install
[Service]
ExecStart=/bin/bash $DISCO_STATE/install
[Install]
WantedBy=multi-user.target
UNIT
  printf '%s\n' "$now" >"$started"
}

# disco_keep NAME: the script as something to run again, without the signal: its handle has
# heard what it is for.
disco_keep() {
  [[ -f $DISCO_STATE/install ]] || return 0
  (umask 077 && sed '/^DISCO_SIGNAL=\$(cat/,/^DISCO_SIGNAL_END/{//!d}' "$DISCO_STATE/install" >"$DISCO_STATE/$1")
}

# Nothing is left to go on with.
disco_finish() {
  rm -f "$DISCO_STATE/started"
  [[ -f $DISCO_STATE/install ]] || return 0
  rm -f "$DISCO_STATE/install"
  systemctl -q disable disco-install.service || true
  rm -f "$DISCO_ROOT/etc/systemd/system/disco-install.service"
}

# Whether the node shuts down, to come up again and go on: what fails then is no failure.
disco_going_down() {
  [[ -f $DISCO_STATE/install ]] || return 1
  case $(systemctl is-system-running 2>/dev/null) in
  initializing | starting | running | degraded | maintenance) return 1 ;;
  esac
}

# ---- steps ---------------------------------------------------------------------

# disco_run LOG SECONDS FUNCTION: in a process group of its own, under set -euo
# pipefail, with a deadline (0: none). Its exit status goes into REPLY, 124 after the
# deadline; returned, it would tempt callers to write ||, which switches set -e off
# in everything below.
disco_run() {
  local log=$1 seconds=$2 function=$3 pid watch="" rc=0 off
  off=$( (set -e; false; echo off); :)
  if [[ -n $off ]]; then
    disco_fail "$DISCO_STEP" "the step is called in a condition, where set -e has no effect"
  fi
  set -m
  (
    set +m -euo pipefail
    trap - EXIT
    unset DISCO_SIGNAL # no step's log can show the token
    "$function"
  ) >>"$log" 2>&1 </dev/null & # after what an interrupted try wrote
  pid=$!
  if ((seconds)); then
    (sleep "$seconds" && echo "not done after $seconds s" >>"$log" && kill -- "-$pid") >/dev/null 2>&1 &
    watch=$!
  fi
  set +m
  wait "$pid" || rc=$?
  if [[ -n $watch ]]; then
    kill -- "-$watch" 2>/dev/null || rc=124
    wait "$watch" 2>/dev/null || true
  fi
  REPLY=$rc
}

# disco_step NAME FUNCTION: run a step once; NAME is component:state. A failure
# ends the script, and Heat hears of it with the step's last lines.
disco_step() {
  local name=$1 function=$2 start rc seconds stamp sum log tail
  trap disco_on_exit EXIT
  if [[ -n ${DISCO_CHECK:-} ]]; then
    disco_check_step "$name" "$function"
    return 0
  fi
  case $DISCO_ROLE:$name:$DISCO_GREETED in
  *:shell:start:*) disco_begin ;;
  worker:*:ready:)
    DISCO_GREETED=yes
    disco_step master:up disco_greet
    ;;
  esac
  stamp=$DISCO_STATE/steps/$name
  log=$DISCO_WEB/components/${name%%:*}/${name#*:}.log
  DISCO_STEP=$name
  sum=$(declare -f "$function" | cksum)
  if [[ -f $stamp && $(<"$stamp") == "$sum" ]]; then
    disco_event "$name" end skipped
    return 0
  fi
  mkdir -p "${stamp%/*}" "${log%/*}"
  disco_event "$name" start running
  disco_status running
  disco_now && start=$REPLY
  disco_run "$log" 0 "$function"
  rc=$REPLY
  disco_seconds "$start" && seconds=$REPLY
  if ((rc == 0)); then
    printf '%s\n' "$sum" >"$stamp"
    disco_event "$name" end ok "$seconds"
    log "$name done in $seconds s"
    return 0
  fi
  disco_event "$name" end failed "$seconds"
  tail=$(tail -n 20 "$log")
  disco_cause "$log"
  disco_fail "$name" "exit $rc: ${REPLY:0:400}" "$tail"
}

# disco_last LOG: the last line that says something, into REPLY.
disco_last() {
  REPLY=$(grep -v '^[[:space:]]*$' "$1" | tail -n 1 || true)
  # without the progress bar that it overwrote
  REPLY=${REPLY##*$'\r'}
}

# disco_cause LOG: why what wrote it failed, into REPLY. That is its last line; where that is one
# of a stack trace, of a long message or advice, or a good-bye behind one, the first cause, and
# where the rest is.
disco_cause() {
  local end cause="" bad='error|exception|fail|denied|refused|invalid|missing|unknown'
  # as words: "now", "node" and "scan" are of no failure
  bad+="|\\b(can|cannot|[a-z]+n't|no|not|should)\\b"
  local head='([[:alnum:]_$]+\.)+[[:alnum:]_$]*(Exception|Error|Failure)\b'
  disco_last "$1"
  end=$(tail -n 200 "$1")
  if [[ $REPLY =~ ^[[:space:]]+at\ |^[[:space:]]*\.\.\.\ [0-9]+\ |^[[:space:]]*(Caused\ by|Suppressed): ]] ||
    [[ $end == *$'\nCaused by: '* && ! ${REPLY,,} =~ $bad ]]; then
    cause=$(grep -oE "Caused by: .*" <<<"$end" | tail -n 1)
    cause=${cause#Caused by: }
    [[ -n $cause ]] || cause=$(grep -oE "$head(: .*|\$)" <<<"$end" | tail -n 1)
    REPLY=${cause:-$REPLY}
  elif [[ $end == *"Traceback (most recent call last):"* ]]; then
    cause=$(grep -m 1 '^[^[:space:]]' <<<"${end##*"Traceback (most recent call last):"}")
    [[ $cause != "$REPLY" ]] || cause=""
    REPLY="${cause:+${cause:0:200} ... }$REPLY"
  elif [[ ${REPLY,,} =~ ^[[:space:]]*(hint:|note:|\[notice\]) ]]; then
    cause=$(grep -iE '^[[:space:]]*error\b' <<<"$end" | tail -n 1)
    REPLY=${cause:-$REPLY}
  fi
  [[ -z $cause ]] || REPLY="${REPLY:0:340} (more in ${1#"$DISCO_WEB/"})"
}

# A worker's daemons are started when the master is there: one that comes up late must
# not use up the time that they have to become ready.
disco_greet() {
  local url=http://$DISCO_MASTER_ADDRESS:8084/status.json left=$((DISCO_TIMEOUT - SECONDS))
  wait_for $((left > 0 ? left : 0)) "the master $DISCO_MASTER_NAME ($url)" \
    disco_http "$url" '"role": "master"'
}

# disco_smoke COMPONENT FUNCTION TIMEOUT: the job that proves that it works; its
# last line of output is the result.
disco_smoke() {
  local component=$1 log start rc result seconds state=passed json
  log=$DISCO_WEB/components/$1/smoke.log
  mkdir -p "${log%/*}"
  if [[ -n ${DISCO_CHECK:-} ]]; then
    : >"$log"
    if disco_other_workers; then
      log "smoke job of $component left out: it is about the $DISCO_WORKERS workers of the creation"
      return 0
    fi
  fi
  trap disco_on_exit EXIT
  DISCO_STEP="$component:smoke"
  disco_event "$DISCO_STEP" start running
  disco_now && start=$REPLY
  disco_run "$log" "$3" "$2"
  rc=$REPLY
  disco_seconds "$start" && seconds=$REPLY
  if ((rc)); then disco_cause "$log"; else disco_last "$log"; fi
  result=$REPLY
  ((rc == 0)) || state=failed
  disco_json "$result" 400 && json=$REPLY
  DISCO_SMOKES+="${DISCO_SMOKES:+, }\"$component\": {\"status\": \"$state\", \"seconds\": $seconds, \"result\": $json}"
  if ((rc == 0)); then
    disco_event "$DISCO_STEP" end ok "$seconds"
    log "smoke job of $component passed in $seconds s: $result"
    disco_status running
    return 0
  fi
  disco_event "$DISCO_STEP" end failed "$seconds"
  disco_fail "$DISCO_STEP" "exit $rc: ${result:0:400}" "$(tail -n 20 "$log")"
}

# ---- files and units -----------------------------------------------------------

# Text from standard input with ${DISCO_*} replaced, once, into REPLY.
disco_expand() {
  local text out="" name
  IFS= read -r -d '' text || true
  while [[ $text =~ \$\{(DISCO_[A-Z_]+)\} ]]; do
    name=${BASH_REMATCH[1]}
    [[ $name != DISCO_SIGNAL && $name != DISCO_END_SECRET && $name != DISCO_HTTP*_PROXY && -n ${!name+set} ]] || { echo "no value for \${$name}" >&2; return 1; }
    out+=${text%%"\${$name}"*}${!name}
    text=${text#*"\${$name}"}
  done
  REPLY=$out$text
}

# disco_file PATH MODE OWNER < content: there whole or not at all.
disco_file() {
  local path=$DISCO_ROOT$1 mode=$2 owner=$3 new
  disco_expand || return 1
  [[ -d ${path%/*} ]] || mkdir -p "${path%/*}"
  new=$(mktemp "${path%/*}/.disco.XXXXXX")
  printf %s "$REPLY" >"$new"
  [[ -n $DISCO_ROOT || $owner == root:root ]] || chown "$owner" "$new"
  chmod "$mode" "$new"
  mv -f "$new" "$path"
}

# `ssh NODE COMMAND` reads no profile, but bash reads this file for it: without a framework's
# variables, its Python would quietly compute on the node alone.
disco_ssh_commands() {
  local line='[[ $- == *i* || -z $SSH_CONNECTION ]] || for f in /etc/profile.d/disco-*.sh; do [[ ! -r $f ]] || . "$f"; done'
  local file=$DISCO_ROOT/etc/bash.bashrc
  [[ -f $file ]] || return 0
  grep -qxF "$line" "$file" || disco_file "${file#"$DISCO_ROOT"}" 0644 root:root <<<"$line"$'\n'"$(<"$file")"
}

# disco_commands FRAMEWORK PATTERN: these programs for every shell, such as that of cron.
disco_commands() {
  local path
  for path in $(compgen -G "$DISCO_ROOT$2"); do
    path=${path#"$DISCO_ROOT"}
    printf '#!/bin/bash\n. /etc/profile.d/disco-%s.sh\nexec %s "$@"\n' \
      "$1" "$path" | disco_file "/usr/local/bin/${path##*/}" 0755 root:root
  done
}

# disco_login COMMAND...: in a login shell of whoever logs in.
disco_login() { runuser -l "$DISCO_LOGIN" -c "$(printf '%q ' "$@")"; }

# disco_unit NAME < unit: written, known to systemd and enabled.
disco_unit() {
  local unit=${1%.service}.service log
  disco_file "/etc/systemd/system/$unit" 0644 root:root
  if [[ $REPLY == *StandardOutput=append:* ]]; then
    log=${REPLY#*StandardOutput=append:} log=${log%%$'\n'*}
    mkdir -p "${log%/*}"
    : >>"$log"
    chmod 0640 "$log"
    [[ -n $DISCO_ROOT ]] || chown disco "$log" # the log server keeps it small
  fi
  systemctl -q enable "$unit" # makes systemd read its units again, too
}

# disco_start NAME: started, or started again with what it is configured to be now.
disco_start() {
  systemctl restart "${1%.service}.service" || return
  [[ $1 != disco-*-* ]] || disco_live "${1#disco-}" true
}

# disco_live DAEMON BASH: how the log server sees whether a daemon works: 3 where it does not run.
disco_live() {
  disco_file "/etc/disco/live/$1" 0640 root:disco <<<"systemctl is-active -q disco-$1 || exit 3
$2"
}

# ---- waiting -------------------------------------------------------------------

# wait_for SECONDS TEXT COMMAND...: until it succeeds.
wait_for() {
  local seconds=$1 text=$2 end=$((SECONDS + $1)) out
  shift 2
  until out=$("$@" 2>&1); do
    if ((SECONDS >= end)); then
      printf '%s\n' "$out" | tail -n 5
      echo "waited $seconds s for $text" >&2
      return 1
    fi
    sleep "$DISCO_POLL"
  done
}

# disco_ask_nodes < CONFIG: what curl's configuration asks of many nodes at once. None can
# fill this one's disk, or hold it up.
disco_ask_nodes() {
  curl -sf --noproxy '*' -Z --parallel-max 60 --connect-timeout 3 -m 20 --max-filesize 16M --limit-rate 4M --config - || true
} >/dev/null 2>&1

disco_http() {
  local body
  body=$(curl -fsS --noproxy '*' -m 5 "$1") || return 1
  [[ -z ${2:-} ]] || grep -Eq -- "$2" <<<"$body" || { echo "$1 does not say $2"; return 1; }
}
disco_tcp() { timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2"; }
disco_command() {
  local out
  out=$(timeout 60 bash -c "$1" 2>&1) || { echo "$out"; return 1; }
  [[ -z ${2:-} ]] || grep -Eq -- "$2" <<<"$out" || { echo "$out"; return 1; }
}

# wait_http SECONDS URL [REGEXP]; wait_tcp SECONDS HOST PORT
wait_http() { wait_for "$1" "$2${3:+ to say $3}" disco_http "$2" "${3:-}"; }
wait_tcp() { wait_for "$1" "$2:$3" disco_tcp "$2" "$3"; }

# disco_probe TEXT TIMEOUT http|tcp|command ARG [EXPECT]: a daemon is ready.
disco_probe() {
  local text=$1 seconds=$2 expect=${5:-} rc=0 name
  [[ -z ${DISCO_CHECK:-} ]] || ((seconds < 180)) || seconds=180 # it was ready before
  case $3 in
  http) wait_for "$seconds" "$text" disco_http "$4" "$expect" || rc=1 ;;
  tcp) wait_for "$seconds" "$text" disco_tcp "${4%:*}" "${4##*:}" || rc=1 ;;
  command) wait_for "$seconds" "$text" disco_command "$4" "$expect" || rc=1 ;;
  *) echo "unknown probe $3" >&2 && return 2 ;;
  esac
  if ((rc == 0)); then
    name=${DISCO_STEP%%:*}-${text##* }
    [[ -n ${DISCO_CHECK:-} || ! -f $DISCO_ETC/live/$name ]] || case $3 in
    http) disco_live "$name" "curl -fs --noproxy '*' -m 2 ${4@Q} | grep -Eq -- ${expect@Q}" ;;
    tcp) disco_live "$name" "exec 3<>/dev/tcp/${4/://}" ;;
    esac
    return 0
  fi
  disco_last_words "${DISCO_STEP%%:*}" # why it is not
  echo "waited $seconds s for $text"
  return 1
}

# disco_last_words COMPONENT: what its daemons wrote, and systemd about them. Once there are
# users, what daemons wrote is not for everybody who reads the answer to a check.
disco_last_words() {
  local file
  for file in "$DISCO_LOGS/$1"/*.log; do
    [[ -s $file ]] || continue
    echo "${file#"$DISCO_ROOT"}:"
    [[ -n ${DISCO_CHECK:-} ]] || tail -n 8 "$file"
  done
  journalctl --no-pager -q -n 4 -o cat -u "disco-$1-*" 2>/dev/null || true
}

# ---- the node itself -----------------------------------------------------------

# disco_worker_address INDEX: of worker INDEX (from 1), into REPLY.
disco_worker_address() {
  local a b c d n
  IFS=. read -r a b c d <<<"$DISCO_WORKER_BASE"
  n=$(((a << 24) + (b << 16) + (c << 8) + d + $1))
  REPLY=$((n >> 24 & 255)).$((n >> 16 & 255)).$((n >> 8 & 255)).$((n & 255))
}

# disco_alias INDEX: a space and the name that the worker has in its group, into REPLY.
disco_alias() {
  local group name before last
  REPLY=""
  for group in ${DISCO_WORKER_GROUPS:-}; do
    IFS=: read -r name before last <<<"$group"
    (($1 <= before || $1 > last)) || REPLY=" $name-$(($1 - before))"
  done
}

# Names with real addresses for all nodes, also those that may come later.
disco_hosts() {
  local file=$DISCO_ROOT/etc/hosts line i count text="" mine=""
  while IFS= read -r line || [[ -n $line ]]; do
    [[ $line != "# disco" ]] || mine=yes
    [[ -n $mine || $line == 127.0.1.1* || " ${line//$'\t'/ } " == *" $DISCO_NAME "* ]] || text+=$line$'\n'
    [[ $line != "# disco end" ]] || mine=""
  done < <(cat "$file" 2>/dev/null)
  [[ $text == *localhost* ]] || text+=$'127.0.0.1 localhost\n'
  text+=$'# disco\n'"$DISCO_MASTER_ADDRESS $DISCO_MASTER_NAME"$'\n'
  # a stack cannot have more workers than this, whatever its network has room for
  count=$((DISCO_WORKER_CAPACITY < 1000 ? DISCO_WORKER_CAPACITY : 1000))
  ((count >= DISCO_WORKERS)) || count=$DISCO_WORKERS
  for ((i = 1; i <= count; i++)); do
    disco_worker_address "$i"
    text+="$REPLY $DISCO_WORKER_NAME$i"
    disco_alias "$i"
    text+=$REPLY$'\n'
  done
  text+=$'# disco end\n'
  disco_file /etc/hosts 0644 root:root <<<"${text%$'\n'}"
}

# node.env: the facts, for whoever looks after the node; the signal is none.
disco_node_env() {
  local name text=""
  for name in "${!DISCO_@}"; do
    case $name in
    DISCO_CLUSTER | DISCO_ROLE | DISCO_NAME | DISCO_ADDRESS | DISCO_INDEX | DISCO_MASTER_* | DISCO_WORKER* | DISCO_CIDR)
      text+="$name=${!name@Q}"$'\n'
      ;;
    esac
  done
  disco_file /etc/disco/node.env 0644 root:root <<<"${text%$'\n'}"
}

# Where pip puts what users add: it is looked into by what was started when it was there.
disco_user_sites() {
  local user
  [[ -z $DISCO_ROOT ]] || return 0
  for user in disco "$DISCO_LOGIN"; do
    runuser -l "$user" -c 'mkdir -p "$(python3 -I -c "import site; print(site.getusersitepackages())")"' || true
  done
}

disco_base_setup() {
  disco_user
  mkdir -p "$DISCO_ETC" "$DISCO_OPT" "$DISCO_STATE/steps" "$DISCO_WEB"/{components,nodes} "$DISCO_ETC/live"
  disco_user_sites
  chmod a+x "$DISCO_ROOT/home/ubuntu" # private on some images; the web server passes through
  [[ -f $DISCO_WEB/progress.log ]] || printf 0 >"$DISCO_WEB/progress.log"
  : >>"$DISCO_WEB/deployment.log"
  disco_file /etc/hostname 0644 root:root <<<"$DISCO_NAME"
  [[ -n $DISCO_ROOT ]] || hostname "$DISCO_NAME" || echo "host name not set"
  if [[ -d $DISCO_ROOT/etc/cloud/cloud.cfg.d ]]; then # or the next boot undoes it
    disco_file /etc/cloud/cloud.cfg.d/99_disco.cfg 0644 root:root <<<$'manage_etc_hosts: false\npreserve_hostname: true'
  fi
  disco_ssh_commands
  disco_hosts
  disco_node_env
  disco_guard
  disco_log_server
  disco_agent
  disco_check_when_asked
}
