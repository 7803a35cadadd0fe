# A worker's volume: found, formatted when it is empty, and where the frameworks' data go.
# Bash; sourced as root after library.sh, and only on nodes that have one.
# shellcheck shell=bash

: "${DISCO_VOLUME:=}" "${DISCO_VOLUME_TIMEOUT:=300}"
DISCO_DATA=$DISCO_ROOT/srv/disco

# The volume's device, or the folder that stands for it on the embedded cloud, into REPLY.
disco_volume_device() {
  local path serial=${DISCO_VOLUME:0:20} # virtio has room for no more of the id
  for path in "$DISCO_ROOT"/dev/disk/by-id/*"$serial"*; do
    [[ $path == *-part* || ! -e $path ]] || { REPLY=$(readlink -f "$path") && return 0; }
  done
  for path in "$DISCO_ROOT"/sys/block/*/serial; do # where no udev makes links
    [[ -f $path && $(<"$path") == "$serial" ]] || continue
    path=${path%/serial}
    REPLY=$DISCO_ROOT/dev/${path##*/} && return 0
  done
  REPLY=$DISCO_ROOT/var/lib/disco-volumes/$DISCO_VOLUME
  [[ -d $REPLY ]] || { echo "no device with the serial number $serial"; return 1; }
}

# disco_volume COMPONENT...: their folders below /var/lib/disco are on it from now on.
disco_volume() {
  local device found type uuid component rc=0
  wait_for "$DISCO_VOLUME_TIMEOUT" "the volume $DISCO_VOLUME to be attached" disco_volume_device
  disco_volume_device
  device=$REPLY
  mkdir -p "${DISCO_DATA%/*}" "$DISCO_ROOT/var/lib/disco"
  if [[ -d $device ]]; then
    [[ -e $DISCO_DATA ]] || ln -sfn "$device" "$DISCO_DATA"
  else
    found=$(blkid -p "$device") || rc=$?
    if ((rc == 2)) && [[ -z $found ]]; then # never over something that is there, whatever it is
      mkfs.ext4 -q -L disco-data "$device"
    fi
    type=$(blkid -p -o value -s TYPE "$device" || true)
    case $type in
    ext4 | xfs) ;;
    *) echo "$device holds ${type:-${found:-what blkid cannot tell}}, and is left alone" && return 1 ;;
    esac
    uuid=$(blkid -p -o value -s UUID "$device")
    mkdir -p "$DISCO_DATA"
    touch "$DISCO_ROOT/etc/fstab"
    sed -i -e '\:[[:space:]]/srv/disco[[:space:]]:d' -e '$a\' "$DISCO_ROOT/etc/fstab" # ends with a line's end
    printf 'UUID=%s /srv/disco %s defaults,nofail,x-systemd.device-timeout=60 0 2\n' "$uuid" "$type" >>"$DISCO_ROOT/etc/fstab"
    mountpoint -q "$DISCO_DATA" || mount -t "$type" "$device" "$DISCO_DATA"
    log "the volume $DISCO_VOLUME is at /srv/disco: $type, $(df -h --output=size "$DISCO_DATA" | tail -n 1 | tr -d ' ')"
  fi
  for component; do
    mkdir -p "$DISCO_DATA/$component"
    [[ ! -d $DISCO_ROOT/var/lib/disco/$component || -L $DISCO_ROOT/var/lib/disco/$component ]] ||
      rmdir "$DISCO_ROOT/var/lib/disco/$component" # data that are there already stay where they are
    ln -sfn "${DISCO_DATA#"$DISCO_ROOT"}/$component" "$DISCO_ROOT/var/lib/disco/$component"
  done
}
