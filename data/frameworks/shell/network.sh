# How a node reaches what is outside of its cluster: certificates and proxies.
# Bash; sourced as root after library.sh, and only where there are any.
# shellcheck shell=bash

: "${DISCO_HTTP_PROXY:=}" "${DISCO_HTTPS_PROXY:=}" "${DISCO_NO_PROXY:=}"
IFS=', ' read -ra DISCO_DIRECT <<<"$DISCO_NO_PROXY"
DISCO_CERTIFICATES=/usr/local/share/ca-certificates
DISCO_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt

# ---- certificates: disco_ca, where it is, writes those of the cloud -------------

disco_has_ca() { declare -F disco_ca >/dev/null; }

# Trusted by all that uses the system's: curl, apt, Python, and Java of the distribution.
disco_trust() {
  local line certificate="" number=0
  disco_has_ca || return 0
  rm -f "$DISCO_ROOT$DISCO_CERTIFICATES"/disco-*.crt
  while IFS= read -r line; do
    certificate+=$line$'\n'
    [[ $line == "-----END CERTIFICATE-----" ]] || continue
    number=$((number + 1))
    disco_file "$DISCO_CERTIFICATES/disco-$number.crt" 0644 root:root <<<"${certificate%$'\n'}"
    certificate=""
  done < <(disco_ca)
  update-ca-certificates || { echo "the certificates of ca_file cannot be added to this image" && return 1; }
}

# Java that brings its own certificates, and does not ask for proxies in the environment.
disco_java_network() {
  local store=$JAVA_HOME/lib/security/cacerts file alias
  if disco_has_ca && [[ -f $store && $(readlink -f "$store") != */etc/ssl/certs/java/* ]]; then
    for file in "$DISCO_ROOT$DISCO_CERTIFICATES"/disco-*.crt; do
      alias=${file##*/} alias=${alias%.crt}
      "$JAVA_HOME/bin/keytool" -list -keystore "$store" -storepass changeit -alias "$alias" >/dev/null 2>&1 ||
        "$JAVA_HOME/bin/keytool" -importcert -noprompt -keystore "$store" -storepass changeit -alias "$alias" -file "$file" || return 1
    done
  fi
  disco_java_proxy
}

# disco_pip_network DIR: for what people install into an environment later, as in a notebook.
disco_pip_network() {
  local text=""
  ! disco_has_ca || text+=$'\n'"cert = $DISCO_CA_BUNDLE"
  [[ -z ${DISCO_HTTPS_PROXY:-$DISCO_HTTP_PROXY} ]] || text+=$'\n'"proxy = ${DISCO_HTTPS_PROXY:-$DISCO_HTTP_PROXY}"
  [[ -z $text ]] || printf '[global]%s\n' "$text" >"$1/pip.conf"
}

# ---- proxies -------------------------------------------------------------------

# What no proxy is asked for: the node, the metadata service, the cluster, into REPLY.
disco_inside() {
  local i count text
  text=localhost,127.0.0.1,::1,169.254.169.254,$DISCO_CIDR,$DISCO_MASTER_NAME,$DISCO_MASTER_ADDRESS
  # not everything that reads the list understands networks
  count=$((DISCO_WORKER_CAPACITY < 1000 ? DISCO_WORKER_CAPACITY : 1000))
  ((count >= DISCO_WORKERS)) || count=$DISCO_WORKERS
  for ((i = 1; i <= count; i++)); do
    disco_worker_address "$i"
    text+=,$DISCO_WORKER_NAME$i,$REPLY
    disco_alias "$i"
    text+=${REPLY/ /,}
  done
  REPLY=$text
}

# For all that the script starts, and of that everything but daemons.
disco_export_network() {
  local text
  if disco_has_ca; then
    export SSL_CERT_FILE=$DISCO_ROOT$DISCO_CA_BUNDLE
    export PIP_CERT=$SSL_CERT_FILE REQUESTS_CA_BUNDLE=$SSL_CERT_FILE
  fi
  [[ -n $DISCO_HTTP_PROXY$DISCO_HTTPS_PROXY ]] || return 0
  disco_inside
  text=${DISCO_NO_PROXY// /} text=${text//,\*./,.}
  [[ ,$text, == *,\*,* ]] && REPLY="*" || REPLY+=${text:+,${text#\*}}
  export no_proxy=$REPLY NO_PROXY=$REPLY
  [[ -z $DISCO_HTTP_PROXY ]] || export http_proxy=$DISCO_HTTP_PROXY HTTP_PROXY=$DISCO_HTTP_PROXY
  [[ -z $DISCO_HTTPS_PROXY ]] || export https_proxy=$DISCO_HTTPS_PROXY HTTPS_PROXY=$DISCO_HTTPS_PROXY
}

# For what the script does not start: DISCO's own services, apt, and people who log in.
disco_network_files() {
  local name text="" profile="" host
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY SSL_CERT_FILE REQUESTS_CA_BUNDLE; do
    case $name in
    *_C*) disco_has_ca || continue ;;
    *) [[ -n $DISCO_HTTP_PROXY$DISCO_HTTPS_PROXY && -n ${!name:-} ]] || continue ;;
    esac
    text+="$name=\"${!name}\""$'\n'
    profile+="export $name=${!name@Q}"$'\n'
  done
  [[ -n $text ]] || return 0
  disco_file /etc/disco/network.env 0600 root:root <<<"${text%$'\n'}"
  disco_file /etc/profile.d/disco-network.sh 0644 root:root <<<"${profile%$'\n'}"
  [[ -n $DISCO_HTTP_PROXY$DISCO_HTTPS_PROXY && -d $DISCO_ROOT/etc/apt/apt.conf.d ]] || return 0
  text=""
  [[ -z $DISCO_HTTP_PROXY ]] || text+="Acquire::http::Proxy \"$DISCO_HTTP_PROXY\";"$'\n'
  [[ -z $DISCO_HTTPS_PROXY ]] || text+="Acquire::https::Proxy \"$DISCO_HTTPS_PROXY\";"$'\n'
  for host in "${DISCO_DIRECT[@]}"; do
    [[ $host =~ ^[A-Za-z0-9][A-Za-z0-9.-]*$ ]] || continue
    text+="Acquire::http::Proxy::$host \"DIRECT\";"$'\n'"Acquire::https::Proxy::$host \"DIRECT\";"$'\n'
  done
  disco_file /etc/apt/apt.conf.d/95disco-proxy 0644 root:root <<<"${text%$'\n'}"
}

# A network as Java's patterns, with | between them, into REPLY: with 192.168.16.0/23
# 192.168.16.*|192.168.17.*
disco_java_patterns() {
  local bits=${1#*/} a b c d first i step text=""
  IFS=. read -r a b c d <<<"${1%/*}"
  first=$(((a << 24) + (b << 16) + (c << 8) + d))
  if ((bits <= 8)); then step=24; elif ((bits <= 16)); then step=16; elif ((bits <= 24)); then step=8; else step=0; fi
  for ((i = 0; i < 1 << (32 - bits - step); i++)); do
    d=$((first + (i << step)))
    text+="|$((d >> 24 & 255))"
    case $step in
    24) text+=".*" ;;
    16) text+=".$((d >> 16 & 255)).*" ;;
    8) text+=".$((d >> 16 & 255)).$((d >> 8 & 255)).*" ;;
    0) text+=".$((d >> 16 & 255)).$((d >> 8 & 255)).$((d & 255))" ;;
    esac
  done
  REPLY=${text#|}
}

# Java reads no environment, and takes no network for an exception. It sends no password, either.
disco_java_proxy() {
  local file=$JAVA_HOME/conf/net.properties scheme place host port text kept direct part
  [[ -n $DISCO_HTTP_PROXY$DISCO_HTTPS_PROXY && -f $file ]] || return 0
  direct="localhost|127.*|[::1]|169.254.169.254|$DISCO_MASTER_NAME|$DISCO_WORKER_NAME*"
  for part in ${DISCO_WORKER_GROUPS:-}; do direct+="|${part%%:*}-*"; done
  for part in "$DISCO_CIDR" "${DISCO_DIRECT[@]}"; do
    case $part in
    *:*) direct+="|[$part]" ;;
    */*) disco_java_patterns "$part" && direct+="|$REPLY" ;;
    .*) direct+="|*$part" ;; # with the domain's own hosts
    *) direct+="|$part" ;;
    esac
  done
  text=$'# disco\n'"http.nonProxyHosts=$direct"$'\n'
  for scheme in http https; do
    [[ $scheme == http ]] && place=$DISCO_HTTP_PROXY || place=$DISCO_HTTPS_PROXY
    [[ -n $place ]] || continue
    place=${place#*://} place=${place##*@} place=${place%/}
    host=${place%:*} port=${place##*:}
    text+="$scheme.proxyHost=$host"$'\n'"$scheme.proxyPort=$port"$'\n'
  done
  kept=$(sed '/^# disco$/,/^# disco end$/d' "$file")
  printf '%s\n%s# disco end\n' "$kept" "$text" >"$file" # often a link to /etc
}

disco_export_network
