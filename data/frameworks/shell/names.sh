# Whether the node can look up the names of what it fetches. Without name servers, pip would say
# that there is no matching distribution.
# Bash; sourced as root after library.sh, and only where something is fetched by name.
# shellcheck shell=bash

# disco_look_up COMPONENT=VERSION=HOST...: a name must be found, if one of these components
# is still to be fetched from its host, "pip" for pip's index.
disco_look_up() {
  local need host try url=${https_proxy:-${http_proxy:-$DISCO_MIRROR}}
  local -a hosts=()
  for need; do
    host=${need##*=} need=${need%=*}
    disco_manifest has "$DISCO_ETC/manifest.json" "${need%=*}" "${need#*=}" || hosts+=("$host")
  done
  for try in "${!hosts[@]}"; do
    host=$url
    if [[ -z $url && ${hosts[try]} == pip ]]; then
      [[ -z ${PIP_NO_INDEX:-}${PIP_FIND_LINKS:-} ]] || return 0 # from a folder, perhaps
      host=${PIP_INDEX_URL:-$(sed -n 's/^ *index-url *= *//p' "$DISCO_ROOT/etc/pip.conf" 2>/dev/null || true)}
      host=${host:-pypi.org}
    fi
    host=${host#*://} host=${host%%/*} host=${host##*@}
    [[ $host == *]* ]] && host=${host#[} host=${host%%]*} || host=${host%%:*}
    hosts[try]=${host:-${hosts[try]}}
  done
  ((${#hosts[@]})) || return 0
  for try in 1 2 3 4 5; do
    for host in "${hosts[@]}"; do # an address is found without a name server
      timeout 15 getent ahosts "$host" >/dev/null && return 0
    done
    sleep $((3 * DISCO_PAUSE))
  done
  url=$(cat "$DISCO_ROOT"/{run/systemd/resolve,etc}/resolv.conf 2>/dev/null | sed -n '/ 127.0.0.53/d; s/^nameserver *//p' | sort -u || true)
  echo "cannot look up $host with the name servers ${url//$'\n'/, }" | sed 's/ with the name servers $/: there are no name servers/'
  return 1
}
