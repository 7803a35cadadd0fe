# Installing software: on a node, or in the root file system of an image that is built.
# Bash; sourced as root before library.sh. DISCO_ROOT redirects all paths (for tests).
# shellcheck shell=bash

umask 022
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
export PATH="${PATH:-/usr/bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

: "${DISCO_ROOT:=}" "${DISCO_MIRROR:=}"
DISCO_ETC=$DISCO_ROOT/etc/disco
DISCO_OPT=$DISCO_ROOT/opt/disco
DISCO_PAUSE=1 # seconds, of which retries take multiples
DISCO_SAID=""
# what curl, apt and pip say of the way to the outside
DISCO_TROUBLE="curl: .*|Temporary failure .*|Name or service not known|Could not (resolve|connect to) .*|Connection refused\
|Network is unreachable|Connection timed out|[Cc]ertificate verif[^)]*|(Proxy|Tunnel) [^')]*"

# disco_install COMPONENT VERSION FUNCTION: not when the image carries it already.
disco_install() {
  local manifest=$DISCO_ETC/manifest.json
  if disco_manifest has "$manifest" "$1" "$2"; then
    log "$1 $2 is in the image"
    return 0
  fi
  "$3"
  disco_manifest add "$manifest" "$1" "$2"
}

disco_manifest() {
  [[ $1 == add || -f $2 ]] || return 1
  mkdir -p "${2%/*}"
  python3 -I - "$@" <<'PYTHON'
import json, os, sys
verb, path, name, version = sys.argv[1:]
try:
    with open(path) as f:
        manifest = json.load(f)
except (FileNotFoundError, ValueError):
    manifest = {}
components = manifest.setdefault("components", {})
if verb == "has":
    sys.exit(components.get(name) != version)
components[name] = version
with open(path + ".new", "w") as f:
    json.dump({"schema": 1, **manifest}, f, indent=2, sort_keys=True)
    f.write("\n")
os.replace(path + ".new", path)
PYTHON
}

disco_user() {
  [[ -z $DISCO_ROOT ]] || return 0
  id -u disco >/dev/null 2>&1 || useradd --system --user-group --create-home --home-dir /home/disco --shell /bin/bash disco
}

# apt_install PACKAGE...: what is not there yet.
apt_install() {
  local -a timers=(apt-daily.timer apt-daily-upgrade.timer) missing=()
  local package try
  for package; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  if [[ -d /run/systemd/system && -z $DISCO_ROOT ]]; then # started again at the end
    systemctl -q stop "${timers[@]}" apt-daily.service apt-daily-upgrade.service 2>/dev/null || true
  fi
  local -a apt=(apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  for try in 1 2 3; do
    if disco_try apt_packages "${missing[@]}"; then return 0; fi
    echo "apt: attempt $try failed"
    [[ $DISCO_SAID != "E: Unable to locate"* && $DISCO_SAID != "E: Version "* ]] || break
    sleep $((try * 5 * DISCO_PAUSE))
  done
  echo "cannot install ${missing[*]}${DISCO_SAID:+: $DISCO_SAID}" >&2
  return 1
}

apt_packages() { "${apt[@]}" update && "${apt[@]}" install --no-install-recommends "$@"; }

# disco_try COMMAND...: what it says, masked. Where it fails, what of that is about the way to
# the outside, which other words may follow, goes into DISCO_SAID; else the first error.
disco_try() {
  local said
  said=$(mktemp)
  { "$@" 2>&1 && echo ok >"$said.done"; } | disco_mask | tee "$said" || true
  DISCO_SAID=$(grep -oE "$DISCO_TROUBLE" "$said" | tail -n 1 || true)
  [[ -n $DISCO_SAID ]] || DISCO_SAID=$(grep -m 1 -E '^ *(E|ERROR|error): ' "$said" || true)
  [[ -e $said.done ]] && rm -f "$said"*
}

disco_apt_timers_on() {
  [[ -d /run/systemd/system && -z $DISCO_ROOT ]] || return 0
  systemctl -q --no-block start apt-daily.timer apt-daily-upgrade.timer 2>/dev/null || true
}

# The home of an installed Java of major version MAJOR, into REPLY.
disco_java_home() {
  local home
  for home in "$DISCO_OPT/java-$1" "$DISCO_ROOT"/usr/lib/jvm/*; do
    [[ -x $home/bin/java && -f $home/release ]] || continue
    grep -q "^JAVA_VERSION=\"$1[.\"]" "$home/release" && REPLY=$home && return 0
  done
  return 1
}

# disco_java_offered MAJOR...: the first of these that can be installed here, into REPLY.
disco_java_offered() {
  local major try
  for try in 1 2 3; do
    for major; do
      [[ $(apt-cache policy "openjdk-$major-jre-headless" 2>/dev/null) == *"Candidate: "[0-9]* ]] || continue
      REPLY=$major
      return 0
    done
    apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update && ((try > 1)) && return 1
    sleep $((try * DISCO_PAUSE))
  done
  return 1
}

# need_java MAJOR: this Java, or the next long-term one that the system has; sets
# JAVA_HOME, and makes /opt/disco/java-MAJOR lead there for daemons.
need_java() {
  local major majors=("$1")
  for major in 21 25; do ((major <= $1)) || majors+=("$major"); done
  for major in "${majors[@]}"; do
    disco_java_home "$major" && break
    REPLY=""
  done
  if [[ -z $REPLY ]] && disco_java_offered "${majors[@]}"; then
    major=$REPLY REPLY=""
    mkdir -p "$DISCO_ROOT/usr/share/man/man1" # the package's script wants it
    apt_install "openjdk-$major-jre-headless" && disco_java_home "$major" || REPLY=""
  fi
  [[ -n $REPLY ]] || { echo "no Java $1 or later can be installed" >&2; return 1; }
  export JAVA_HOME=$REPLY
  mkdir -p "$DISCO_OPT"
  [[ $JAVA_HOME == "$DISCO_OPT/java-$1" ]] || ln -sfn "$JAVA_HOME" "$DISCO_OPT/java-$1"
  if declare -F disco_java_network >/dev/null; then disco_java_network; fi # no image's business
}

# pip_venv DIR REQUIREMENT...: a virtual environment with these packages; one that
# was left half-made is made again.
pip_venv() {
  local dir=$DISCO_ROOT$1 wanted
  shift
  wanted="$(python3 -V) $*"
  [[ -f $dir/.complete && $(<"$dir/.complete") == "$wanted" ]] && return 0
  rm -rf "$dir"
  python3 -I -c 'import ensurepip, venv' 2>/dev/null || apt_install python3-venv
  mkdir -p "${dir%/*}"
  python3 -I -m venv "$dir"
  disco_pip "$dir" "$@" || return 1
  if declare -F disco_pip_network >/dev/null; then disco_pip_network "$dir"; fi
  # what users add is in their homes, and comes after what is here
  sed -i '/^include-system-site-packages/s/false/true/' "$dir/pyvenv.cfg"
  printf '%s\n' "$wanted" >"$dir/.complete"
}

# disco_pip DIR REQUIREMENT...: into its environment, from the mirror or from pip's index.
disco_pip() {
  local -a pip=("$1/bin/pip" --disable-pip-version-check --no-input install -q --progress-bar off)
  local index=$DISCO_MIRROR/pypi/ host=${DISCO_MIRROR#*://}
  shift
  host=${host%%/*} # which pip would not listen to without TLS, unless told so
  if [[ -n $DISCO_MIRROR ]] && curl -fsS -m 10 -o /dev/null "$index" &&
    disco_try "${pip[@]}" --no-index --trusted-host "${host##*@}" --find-links "$index" "$@"; then
    echo "installed from the mirror"
  elif ! disco_try "${pip[@]}" --retries 5 --timeout 60 "$@"; then
    [[ ! $DISCO_SAID || $DISCO_SAID =~ ^\ *(E|e)(RR|rr) ]] || DISCO_SAID="does not reach what it installs from: $DISCO_SAID"
    echo "${DISCO_SAID:+pip $DISCO_SAID}"
    return 1
  fi
}

# disco_add DIR REQUIREMENT...: what users want in an environment, beside what it is made of.
disco_add() {
  local dir=$DISCO_ROOT$1
  shift
  [[ -f $dir/.added && $(<"$dir/.added") == "$*" ]] && return 0
  disco_pip "$dir" "$@" || return 1
  printf '%s\n' "$*" >"$dir/.added"
}

# disco_mask: standard input without the names and passwords that URLs may have.
disco_mask() { sed -uE 's#(://)[^/[:space:]"?]*@#\1***@#g'; }

disco_sha512() { [[ -f $1 && $(sha512sum <"$1") == "${2,,}  -" ]]; }

# disco_fetch_from URL PART SHA512: one source, resumed for as long as something comes.
disco_fetch_from() {
  local url=$1 part=$2 sum=$3 rc before code fresh=0
  while :; do
    before=$(stat -c %s "$part" 2>/dev/null || echo 0)
    rc=0
    code=$(curl -fsSL --connect-timeout 10 --speed-limit 1000 --speed-time 30 \
      -C - -o "$part" -w '%{http_code}' "$url" 2>"$part.said") || rc=$?
    DISCO_SAID=$(disco_mask <"$part.said" | grep -m 1 . || true)
    rm -f "$part.said"
    disco_sha512 "$part" "$sum" && return 0
    if ((rc == 0)); then
      DISCO_SAID="another checksum"
      echo "wrong checksum from $url" | disco_mask
      rm -f "$part"
    elif ((rc == 33 || rc == 36)) || [[ $code == 416 ]]; then
      rm -f "$part" # this source cannot go on from there
    elif (($(stat -c %s "$part" 2>/dev/null || echo 0) > before)); then
      continue
    else
      before=0
    fi
    # what was there may be at fault, and not the source: once again from the start
    ((before > 0 && fresh++ == 0)) || break
  done
  echo "not from $url: ${DISCO_SAID:-curl $rc}" | disco_mask
  return 1
}

# fetch FILE SHA512 URL...: from the first source that has it (the operator's mirror
# before all), resumed when the transfer breaks, and verified.
fetch() {
  local file=$DISCO_ROOT$1 sum=$2 round url
  shift 2
  disco_sha512 "$file" "$sum" && return 0
  [[ -z $DISCO_MIRROR ]] || set -- "$DISCO_MIRROR/files/${file##*/}" "$@"
  mkdir -p "${file%/*}"
  for round in 1 2 3; do
    for url; do
      if disco_fetch_from "$url" "$file.part" "$sum"; then
        mv -f "$file.part" "$file"
        return 0
      fi
    done
    sleep $((round * DISCO_PAUSE))
  done
  echo "no source has ${file##*/} with the right checksum${DISCO_SAID:+: $DISCO_SAID}" >&2
  return 1
}

# unpack DIR FILE SHA512 URL...: an archive fetched and unpacked as DIR, whole or not
# at all, without the folder that everything in it is in.
unpack() {
  local dir=$DISCO_ROOT$1 archive=/var/cache/disco/$2 sum=$3
  shift 3
  [[ -f $dir/.complete && $(<"$dir/.complete") == "$sum" ]] && return 0
  fetch "$archive" "$sum" "$@" || return 1
  rm -rf "$dir" "$dir.new"
  mkdir -p "$dir.new"
  tar -xf "$DISCO_ROOT$archive" -C "$dir.new" --strip-components=1 --no-same-owner
  printf '%s\n' "$sum" >"$dir.new/.complete"
  mv -T "$dir.new" "$dir"
  rm -f "$DISCO_ROOT$archive"
}
