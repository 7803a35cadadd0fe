# What users want beside the frameworks: Java libraries, a script of their own.
# Bash; sourced as root after library.sh, and only where there is any of it.
# shellcheck shell=bash

# disco_jar FILE SHA512 URL...: a Java library for all frameworks; without a digest it is
# believed what comes with TLS.
disco_jar() {
  local file=$DISCO_ROOT/opt/disco/jars/$1 sum=$2 url said=""
  shift 2
  if [[ -n $sum ]]; then
    fetch "${file#"$DISCO_ROOT"}" "$sum" "$@"
    return
  fi
  [[ ! -s $file ]] || return 0
  mkdir -p "${file%/*}"
  [[ -z $DISCO_MIRROR ]] || set -- "$DISCO_MIRROR/files/${file##*/}" "$@"
  for url; do
    if said=$(curl -fsSL --retry 3 --connect-timeout 10 --speed-limit 1000 --speed-time 30 -o "$file.part" "$url" 2>&1); then
      [[ $(head -c 2 "$file.part") != PK ]] || { mv -f "$file.part" "$file" && return 0; }
      said="what comes from there is no .jar file"
    fi
    echo "not from $url: $said" | disco_mask
  done
  rm -f "$file.part"
  echo "cannot install ${file##*/}: $said"
  return 1
}

# disco_bootstrap FILE: a script that knows which node it is on.
disco_bootstrap() {
  local -a run=(bash "$1")
  [[ $(head -c 2 "$1") != "#!" ]] || run=("$1")
  chmod 0700 "$1"
  set -a
  # shellcheck disable=SC1091
  . "$DISCO_ETC/node.env"
  set +a
  cd /root || return 1
  "${run[@]}"
}
