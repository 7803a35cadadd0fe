#!/bin/sh
# enter.sh COMMAND...   in the box: whoever comes in through nsenter joins its control groups
while read -r folder; do echo 0 >"$folder/cgroup.procs"; done </mnt/run/groups
exec "$@"
