# Packages that come later: for a node that runs, as `disco install` sends it, and for workers that
# join. Bash; run as root after software.sh.
# shellcheck shell=bash

# disco_added WORD...: apt:NAME and pip:NAME. Its last line of output says what came of it.
disco_added() {
  local word file dir said=""
  local -a apt=() pip=() own
  for word; do
    case $word in
    apt:*) apt+=("${word#apt:}") ;;
    pip:*) pip+=("${word#pip:}") ;;
    esac
  done
  set -a
  # how the node reaches the outside, and the variables of its users
  for file in "$DISCO_ETC/network.env" "$DISCO_ROOT/etc/profile.d/disco-environment.sh"; do
    # shellcheck disable=SC1090
    [[ ! -f $file ]] || . "$file"
  done
  set +a
  if ((${#apt[@]})); then
    apt_install "${apt[@]}"
    disco_apt_timers_on
    said="the system"
  fi
  ((${#pip[@]})) || { echo "installed in $said" && return 0; }
  for dir in "$DISCO_OPT"/*; do
    # of this node, and not only in its image: there is a stamp of its step; code of users runs
    # where notebooks can; the file begins with Python's version
    compgen -G "$DISCO_ROOT/var/lib/disco/*/steps/${dir##*/}:installed" >/dev/null || continue
    [[ -f $dir/.complete && $(<"$dir/.complete") == *" ipykernel"* ]] || continue
    read -ra own <"$dir/.complete"
    disco_pip "$dir" "${own[@]:2}" "${pip[@]}" || return 1
    said+="${said:+, }${dir##*/}"
  done
  echo "${said:+installed in }${said:-has no environment for Python packages}"
}
