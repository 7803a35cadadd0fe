"""A login whose Keystone catalogue leads to addresses that a test answers for."""

from __future__ import annotations

from keystoneauth1 import access
from keystoneauth1.identity.access import AccessInfoPlugin

from disco.openstack.retrying_session import RetryingSession
from disco.openstack.session import Login

PROJECT = "p" * 32
#: as clouds write them: Glance and Neutron without a version
ADDRESSES = {
    "compute": "http://nova/v2.1",
    "image": "http://glance",
    "network": "http://neutron",
    "block-storage": f"http://cinder/v3/{PROJECT}",
    "orchestration": f"http://heat/v1/{PROJECT}",
}


def login_to(*services: str, region: str | None = "RegionOne") -> Login:
    """A login to a cloud with these services; with all of ``ADDRESSES`` if none is named."""
    catalog = [
        {
            "id": name,
            "name": name,
            "type": name,
            "endpoints": [
                {"id": name, "interface": "public", "region": "RegionOne", "url": ADDRESSES[name]}
            ],
        }
        for name in services or ADDRESSES
    ]
    token = {
        "project": {"id": PROJECT, "name": "demo", "domain": {"id": "d", "name": "Default"}},
        "user": {"id": "user", "name": "alice", "domain": {"id": "d", "name": "Default"}},
        "expires_at": "2099-01-01T00:00:00.000000Z",
        "methods": ["password"],
        "catalog": catalog,
    }
    plugin = AccessInfoPlugin(access.AccessInfoV3(body={"token": token}, auth_token="t"))
    return Login(RetryingSession(auth=plugin, timeout=5), PROJECT, "user", 0.0, region)
