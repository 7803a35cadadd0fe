"""A cluster that has ended where it stands: its time is over, and its nodes powered off.

Heat does not look at servers after it made them, so that the stack is complete as before.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from urllib.parse import quote

from disco.attributes import IDLE
from disco.errors import DiscoError
from disco.heat.reads import SERVICE
from disco.heat.stacks import Stack, Stacks
from disco.heat.template.resize import MASTER
from disco.openstack.catalog import CloudCatalogue
from disco.openstack.delete_credential import End
from disco.openstack.endpoints import COMPUTE
from disco.openstack.errors import cloud_errors
from disco.openstack.session import Login
from disco.untrusted import one_line

#: the phase
ENDED = "ended"
#: what a cluster is not shown with any more: nobody is at these addresses
ADDRESSES = ("external_ip", "worker_external_ips")
STILL_TAKES = (
    "the cluster has ended and its nodes are off; what it takes of the quotas stays until you"
    " delete it, or disco operate does"
)
_OFF, _RUNS = "SHUTOFF", "ACTIVE"
_MAX_TIME = 64


@dataclass(frozen=True)
class MasterServer:
    """The master's server as Nova has it; ``updated`` is when its state changed, UTC."""

    status: str
    updated: str

    @property
    def is_off(self) -> bool:
        """Whether it was powered off."""
        return self.status == _OFF

    @property
    def runs(self) -> bool:
        """Whether it is powered on."""
        return self.status == _RUNS


def read_server(login: Login, server_id: str) -> MasterServer:
    """A server of Nova's.

    Raises:
        CloudError: and its relatives, when Nova does not tell.
    """
    path = f"/servers/{quote(server_id, safe='')}"
    server = CloudCatalogue(login).get_object(COMPUTE, path, "server")
    return MasterServer(str(server.get("status")), one_line(server.get("updated"), _MAX_TIME))


def ended_since(login: Login, stack: Stack) -> str | None:
    """When a cluster's nodes powered off at its end; None for one that has not ended so.

    With an idle limit only the nodes know when they have been idle: such a cluster counts as
    ended when its master is off. A cluster that is over and whose nodes run is not asked for
    more than twice; one without an end costs no call.
    """
    end = End.read(stack.parameters)
    if end is None or not stack.status.is_running:
        return None
    if not (stack.attributes.get(IDLE) or (end.at and time.time() >= end.at)):
        return None
    try:
        with cloud_errors(SERVICE):
            found = Stacks(login).client.resources.get(stack.path, MASTER)
        if not found.physical_resource_id:
            return None
        master = read_server(login, str(found.physical_resource_id))
    except DiscoError:
        return None  # the rest of what is known can be shown
    return (master.updated or stack.updated or stack.created) if master.is_off else None
