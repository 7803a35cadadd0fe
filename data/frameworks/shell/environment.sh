# Variables for all of a node.
# Bash; sourced as root after library.sh, and only where there are any.
# shellcheck shell=bash

# disco_environment NAME=VALUE...: for logins with and without a shell; no value has a quote.
disco_environment() {
  local pair text="" profile="" kept
  for pair; do
    text+="${pair%%=*}=\"${pair#*=}\""$'\n'
    profile+="export ${pair%%=*}='${pair#*=}'"$'\n'
  done
  disco_file /etc/profile.d/disco-environment.sh 0644 root:root <<<"${profile%$'\n'}"
  kept=$(sed '/^# disco$/,/^# disco end$/d' "$DISCO_ROOT/etc/environment" 2>/dev/null || true)
  disco_file /etc/environment 0644 root:root <<<"${kept:+$kept$'\n'}# disco"$'\n'"$text# disco end"
}
