"""Service units mean the same on every kind of node, with systemd and without."""

from __future__ import annotations

import pytest

from tests.nodes.host.cloud import Cloud, until
from tests.nodes.host.conftest import Cluster

#: each line tells one fact; a fact is ``name=value``
SCRIPT = r"""
fact() { tell service "$1=$2"; }
unit() { cat > "/etc/systemd/system/$1.service"; }
until_active() { for _ in $(seq 100); do systemctl -q is-active "$1" && return; sleep 0.1; done; }
trap 'fact end $?' EXIT
mkdir -p /srv/here; chown ubuntu /srv/here
echo 'FROM_FILE="two words"' > /etc/default/svc

unit svc <<'X'
[Service]
User=ubuntu
WorkingDirectory=/srv/here
Environment=PLAIN=1 "QUOTED=a b"
EnvironmentFile=/etc/default/svc
EnvironmentFile=-/etc/default/absent
ExecStartPre=/bin/sh -c 'echo pre > before'
ExecStart=/bin/sh -c 'echo "$$(id -un):$$PWD:$$PLAIN:$$QUOTED:$$FROM_FILE:$$(cat before)" > out; \
  exec sleep infinity'
[Install]
WantedBy=multi-user.target
X
systemctl daemon-reload
fact enabled-before "$(systemctl is-enabled svc || true)"
systemctl -q enable --now svc
fact enabled-after "$(systemctl is-enabled svc)"
for _ in $(seq 100); do [ -s /srv/here/out ] && break; sleep 0.1; done
fact environment "$(cat /srv/here/out)"
fact active "$(systemctl is-active svc.service)"
first=$(systemctl show -p MainPID --value svc)
systemctl restart svc
second=$(systemctl show -p MainPID --value svc)
fact restarted "$([ "$first" != "$second" ] && echo yes || echo no)"
kill -9 "$second"
for _ in $(seq 100); do [ "$(systemctl is-active svc)" != active ] && break; sleep 0.1; done
fact killed "$(systemctl is-active svc || true)"
systemctl reset-failed svc
systemctl start svc
systemctl stop svc
fact stopped "$(systemctl is-active svc || true)"
fact leftover "$(pgrep -cu ubuntu sleep || true)"

unit again <<'X'
[Service]
Restart=on-failure
RestartSec=200ms
ExecStart=/bin/sh -c 'echo x >> /srv/again; [ $$(wc -l < /srv/again) -ge 3 ] || exit 1; \
  exec sleep infinity'
X
unit once <<'X'
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'sleep 0.3; echo done > /srv/once'
X
unit bad <<'X'
[Service]
Type=oneshot
ExecStart=/bin/false
X
systemctl daemon-reload
systemctl --no-block start again
for _ in $(seq 100); do [ "$(wc -l < /srv/again)" -ge 3 ] && break; sleep 0.1; done 2>/dev/null
until_active again
fact again "$(systemctl is-active again):$(wc -l < /srv/again)"
systemctl start once
fact once "$(cat /srv/once):$(systemctl is-active once)"
systemctl start bad 2>/dev/null && fact bad started || fact bad "$(systemctl is-failed bad)"
systemctl start absent 2>/dev/null && fact absent started || fact absent refused
as_user() { setpriv --reuid=ubuntu --clear-groups "$@"; }
fact user-asks "$(as_user systemctl is-active again):$(as_user systemctl is-active bad || true)"
as_user systemctl stop again >/dev/null 2>&1 || true
fact user-stops "$(systemctl is-active again)"
systemctl -q mask once 2>/dev/null && fact mask done || fact mask refused
fact journal "$(journalctl --no-pager -q -o cat -n 5 -u 'again*' >/dev/null && echo readable)"
"""

EXPECTED = {
    "enabled-before": "disabled",
    "enabled-after": "enabled",
    "environment": "ubuntu:/srv/here:1:a b:two words:pre",
    "active": "active",
    "restarted": "yes",
    "killed": "failed",
    "stopped": "inactive",
    "leftover": "0",
    "again": "active:3",
    "once": "done:active",
    "bad": "failed",
    "absent": "refused",
    "user-asks": "active:failed",
    "user-stops": "active",
    "mask": "refused",
    "journal": "readable",
    "end": "0",
}


@pytest.fixture(scope="module")
def facts(cloud: Cloud, cluster: Cluster) -> dict[str, str]:
    node = cloud.node(cluster.network, 70, "services", SCRIPT)

    def facts_so_far() -> dict[str, str]:
        return dict(body.partition("=")[::2] for body in cloud.signals.bodies("service"))

    until(lambda: "end" in facts_so_far(), "the script came to its end")
    cloud.client.node_delete(node)
    return facts_so_far()


@pytest.mark.parametrize("name", EXPECTED)
def test_units_behave_as_with_systemd(facts: dict[str, str], name: str) -> None:
    assert facts.get(name) == EXPECTED[name]
