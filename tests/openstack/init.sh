#!/bin/sh
# The box's first process: makes its own /, network and control groups, and then waits.
#   init.sh ROOT RUN LOGS CODE GROUP      (in new mount, network, pid, uts namespaces)
set -eu
root=$1 run=$2 logs=$3 code=$4 group=$5

# those of version 1 if there are any: beside them the second has no controllers, and systemd in a
# container of libvirt's takes it for the only one
kind=cgroup
grep -q '^[^ ]* [^ ]* cgroup ' /proc/self/mounts || kind=cgroup2

if [ "${6:-}" != grouped ]; then
    # a group of its own in each hierarchy, which is what /sys/fs/cgroup is inside:
    # what libvirt makes is below it, and goes with it
    grep "^[^ ]* [^ ]* $kind " /proc/self/mounts >"$run/cgroups"
    while read -r _ folder _ options _; do
        mkdir -p "$folder/$group"
        case $kind,$options, in
        cgroup2,*)
            for controller in cpu memory io pids cpuset; do
                echo "+$controller" >"$folder/cgroup.subtree_control" || true
            done
            ;;
        *,cpuset,*)
            cat "$folder/cpuset.cpus" >"$folder/$group/cpuset.cpus"
            cat "$folder/cpuset.mems" >"$folder/$group/cpuset.mems"
            ;;
        esac
        echo 0 >"$folder/$group/cgroup.procs"
    done <"$run/cgroups"
    exec unshare --cgroup sh "$0" "$root" "$run" "$logs" "$code" "$group" grouped
fi

new=$run/root
mkdir -p "$new" "$run/upper" "$run/work" "$run/nova"
mount -t overlay overlay -o "lowerdir=$root,upperdir=$run/upper,workdir=$run/work" "$new"
hostname openstack

mount -t proc proc "$new/proc"
# shows this network namespace: agents look for bridges there
mount -t sysfs sysfs "$new/sys"
mount --rbind /dev "$new/dev"
mount -t tmpfs -o mode=755 tmpfs "$new/run"
mount -t tmpfs -o mode=1777 tmpfs "$new/tmp"
mount -t tmpfs -o mode=755 tmpfs "$new/mnt"
mkdir -p "$new/mnt/run" "$new/mnt/logs" "$new/mnt/code" "$new/run/netns" "$new/run/lock"
mount --bind "$run" "$new/mnt/run"
mount --bind "$logs" "$new/mnt/logs"
mount --bind "$code" "$new/mnt/code"
# namespaces of networks that are made in here are not listed outside
mount -t tmpfs tmpfs "$new/run/netns"
mount --make-shared "$new/run/netns"

# the same hierarchies as outside, from the group on
first=$(sed -n '1s/^[^ ]* \([^ ]*\) .*/\1/p' "$run/cgroups")
case $first in
/sys/fs/cgroup) ;;
*) mount -t tmpfs -o mode=755 tmpfs "$new/sys/fs/cgroup" ;;
esac
while read -r _ folder _ options _; do
    mkdir -p "$new$folder"
    if [ "$kind" = cgroup2 ]; then
        mount -t cgroup2 cgroup2 "$new$folder"
        # a group with processes of its own cannot give controllers to groups below it
        mkdir -p "$new$folder/services"
        echo 0 >"$new$folder/services/cgroup.procs"
    else
        mount -t cgroup -o "${options##*relatime,}" cgroup "$new$folder"
    fi
done <"$run/cgroups"

echo "nameserver 10.0.2.3" >"$new/etc/resolv.conf"
printf '127.0.0.1 localhost openstack\n' >"$new/etc/hosts"

ip link set lo up
ip link add br-ex type bridge
ip link set br-ex mtu 1500
ip addr add 172.24.4.1/24 dev br-ex
ip link set br-ex up
# where vxlan ends: on lo its multicasts would come back, and bridges would learn every address
# at the wrong port; not every kernel has dummy devices
ip link add tun-end type veth peer name tun-far
ip link set tun-far up
ip addr add 192.0.2.1/24 dev tun-end
ip link set tun-end up

mkdir -p "$new/mnt/old"
cd "$new"
pivot_root . mnt/old
for setting in net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1 \
    net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0; do
    sysctl -qw "$setting" || true
done
umount -l /mnt/old
exec /usr/bin/python3 /mnt/code/init.py
