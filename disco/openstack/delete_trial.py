"""Whether a cluster can delete itself on a cloud: Heat is seen to work with such a credential.

Heat accepts a delete by a credential with access rules, and then asks Nova and Neutron with
the same token. Those refuse it, unless Heat sends a service token with it (keystonemiddleware,
``auth_token``), and the cluster is left half deleted. So a credential of the same kind asks
Heat for a preview that has Heat look for a network in Neutron: nothing is made by it.
"""

from __future__ import annotations

import logging
import threading
import time

from cachetools import TTLCache

from disco.errors import CloudTimeout, CloudUnavailable, DiscoError, NotFound
from disco.openstack.answers import read_entries
from disco.openstack.catalog import CloudCatalogue
from disco.openstack.delete_credential import DeleteCredentials, heat_endpoint
from disco.openstack.errors import cloud_errors
from disco.openstack.session import Login

LOG = logging.getLogger(__name__)

_PREVIEW = "/stacks/preview"
#: seconds that an answer is believed; clouds change with their upgrades
_KEEP_S = 3600.0
_TEMPLATE = {
    "heat_template_version": "2018-08-31",
    "parameters": {
        "network": {"type": "string", "constraints": [{"custom_constraint": "neutron.network"}]}
    },
    "resources": {"nothing": {"type": "OS::Heat::None"}},
}


class DeleteTrial:
    """Remembers for an hour what was seen of a Heat in a project; safe for threads."""

    def __init__(self) -> None:
        self._seen: TTLCache[tuple[str, str], bool] = TTLCache(1024, _KEEP_S, timer=time.monotonic)
        self._lock = threading.Lock()

    def passes(self, login: Login) -> bool:
        """Whether Heat can ask other services in the name of a credential with access rules.

        No where that cannot be tried: nodes then power off, which always works.
        """
        key = (heat_endpoint(login), login.project_id)
        with self._lock:
            known = self._seen.get(key)
        if known is not None:
            return known
        try:
            passed = _try(login)
        except DiscoError as error:
            LOG.info("whether a cluster can delete itself is not known: %s", error.message)
            return False
        with self._lock:
            self._seen[key] = passed
        return passed


def _try(login: Login) -> bool:
    answer = CloudCatalogue(login).get("network", "/networks", limit=1, fields="id")
    with cloud_errors("network"):
        networks = read_entries(answer, "networks")
    if not networks:
        raise NotFound("the project sees no network")
    body = {
        "stack_name": "disco-trial",
        "template": _TEMPLATE,
        "parameters": {"network": networks[0]["id"]},
    }
    url = heat_endpoint(login) + _PREVIEW
    with DeleteCredentials(login).for_trial(_PREVIEW) as robot:
        try:
            with cloud_errors("orchestration"):
                robot.post(url, json=body, log=False)
        except (CloudTimeout, CloudUnavailable):
            raise
        except DiscoError as error:
            LOG.info("Heat cannot work with a credential with access rules: %s", error.message)
            return False
    return True
