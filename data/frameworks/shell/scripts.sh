# What a node does after its start, where user data has no room for it: Heat keeps it as a software
# configuration, which the project's members can read, and who has the address and a token of the stack.
# Bash; sourced as root after library.sh, and only where it is needed.
# shellcheck shell=bash

# disco_scripts SHA512: has $DISCO_STATE/scripts there, which is to be sourced then. A node that is
# checked, or goes on after a reboot, asks nobody again.
disco_scripts() {
  local digest=$1 file=$DISCO_STATE/scripts command=$DISCO_SIGNAL # which no step is given
  disco_has_scripts || rm -f "$DISCO_STATE/steps/scripts:fetched"
  disco_step scripts:fetched disco_fetch_scripts
  disco_has_scripts || disco_fail scripts:fetched "$file is gone, or was changed"
}

disco_has_scripts() { sha512sum -c --status <<<"$digest  $file" 2>/dev/null; }

# disco_fetch_scripts: in the variables of disco_scripts. Many nodes ask at once, so that Heat may
# be busy for minutes; what it refuses three times it does not give.
disco_fetch_scripts() {
  local config="" arg said code reason refused=0 try=0 pause=$DISCO_PAUSE end
  local -a args=()
  umask 077
  eval "args=($command)" # Heat's quoting is the shell's
  for arg in "${args[@]}"; do
    case $arg in
    X-Auth-Token:*) config+="header = \"$arg\""$'\n' ;;
    --insecure) config+=insecure$'\n' ;;
    http*://*) config+="url = \"${arg%%/stacks/*}/software_deployments/metadata/${digest:0:32}\""$'\n' ;;
    esac
  done
  end=$((SECONDS + 600 < DISCO_TIMEOUT ? SECONDS + 600 : DISCO_TIMEOUT))
  while :; do
    said=$(curl --config - -sS -m 60 --max-filesize 8M -o "$file.json" -w '\n%{http_code}' 2>&1 <<<"$config") || true
    code=${said##*$'\n'}
    case $code in
    200)
      reason=$(disco_read_scripts "$file.json" "$digest" "$file" 2>&1) && rm -f "$file.json" && return 0
      refused=$((refused + 1))
      ;;
    400 | 401 | 403 | 404) reason="it answered $code" refused=$((refused + 1)) ;;
    000) reason=$(grep -m 1 . <<<"${said%$'\n'*}" | disco_mask) || true ;;
    *) reason="it answered $code" ;;
    esac
    try=$((try + 1))
    echo "attempt $try: $reason"
    ((refused < 3 && SECONDS + pause < end)) || break
    sleep "$pause.$((RANDOM % 10))"
    pause=$((pause < 16 ? pause * 2 : 16))
  done
  rm -f "$file.json"
  echo "cannot fetch the node's scripts from Heat: $reason"
  return 1
}

# disco_read_scripts ANSWER SHA512 FILE: what Heat answered is checked before it is anything.
disco_read_scripts() {
  python3 -I - "$@" <<'PYTHON'
import base64, hashlib, json, lzma, os, sys
answer, digest, path = sys.argv[1:]
said = "what it answered has no script in it"
try:
    with open(answer, encoding="utf-8") as f:
        texts = [one["config"] for one in json.load(f)["metadata"]]
    for text in texts:
        script = lzma.LZMADecompressor().decompress(base64.b64decode(text, validate=True), 1 << 24)
        if hashlib.sha512(script).hexdigest() == digest:
            break
        said = "what it has is not what the cluster was made with"
    else:
        raise ValueError
except Exception:
    sys.exit(said)
with open(path + ".new", "wb") as f:
    f.write(script)
os.replace(path + ".new", path)
PYTHON
}
