#!/bin/sh
# In the box: a namespace that is another compute host to Nova and Neutron, with a libvirt of its own.
# Its first process waits; second_host.py starts the services in it.
set -eu
if [ "${1:-}" != inside ]; then
    exec unshare --mount --uts --net --propagation private sh "$0" inside
fi
hostname openstack-two
# this host's interfaces, and the control groups that are there already
mkdir -p /mnt/cgroup
mount --rbind /sys/fs/cgroup /mnt/cgroup
mount -t sysfs sysfs /sys
mount --rbind /mnt/cgroup /sys/fs/cgroup
mount -t tmpfs tmpfs /run/netns
# nothing of the first libvirt's: its socket, pid file, and list of domains
for folder in /run/libvirt /var/lib/libvirt /etc/libvirt/lxc /var/log/libvirt /var/lib/neutron /var/lib/nova/tmp; do
    mkdir -p "$folder"
    mount -t tmpfs -o mode=755 tmpfs "$folder"
done
chown neutron: /var/lib/neutron
mkdir -p /var/lib/neutron/tmp /run/libvirt/lxc
printf '127.0.0.1 localhost openstack-two\n' >/mnt/hosts
mount --bind /mnt/hosts /etc/hosts
ip link set lo up
touch /mnt/run/second-host
exec sleep infinity
