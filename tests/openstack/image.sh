#!/bin/sh
# image.sh LAYER:LAYER... FILE    in a mount namespace of its own: what it mounts ends with it
# An ext4 file of the layers. What is changed is where cloud-init looks, and what an interface is told.
set -eu
layers=$1 file=$2
work=$(mktemp -d)
trap 'umount "$work/root" "$work" 2>/dev/null || true; rmdir "$work"' EXIT
mount -t tmpfs tmpfs "$work"
mkdir "$work/root" "$work/upper" "$work/work"
mount -t overlay overlay -o "lowerdir=$layers,upperdir=$work/upper,workdir=$work/work" "$work/root"
cd "$work/root"
sed -i 's/^datasource_list:.*/datasource_list: [OpenStack, None]/' etc/cloud/cloud.cfg.d/90_disco.cfg
# on a busy machine the first answer of the metadata service takes longer than the usual 10 seconds
printf 'datasource:\n  OpenStack: {timeout: 60, max_wait: 600, retries: 10}\n' >etc/cloud/cloud.cfg.d/91_openstack.cfg
# libvirt makes a container's interface with 1500 bytes, whatever the network has: take what DHCP says
for folder in etc/systemd/network/10-cloud-init-*.network.d; do
    printf '[DHCPv4]\nUseMTU=yes\n' >"$folder/60-mtu.conf"
done
# Spark and Java are half of it, and dpkg is not told: an image for other frameworks
rm -rf opt/disco/spark opt/disco/java-17 usr/lib/jvm
python3 - <<'PY'
import json
from pathlib import Path

manifest = Path("etc/disco/manifest.json")
known = json.loads(manifest.read_text())
known["components"].pop("spark", None)
manifest.write_text(json.dumps(known))
PY
rm -rf var/lib/cloud var/log/cloud-init* var/cache/apt/archives root/.cache
mkdir -p var/lib/cloud var/cache/apt/archives/partial
size=$(($(du -sm . | cut -f1) * 9 / 8 + 300))
rm -f "$file"
truncate -s "${size}M" "$file"
mkfs.ext4 -q -F -O ^has_journal -m 0 -L root -d "$work/root" "$file"
cd /
