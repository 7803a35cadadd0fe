"""The service in Keystone's catalogue, when its operator wants it there.

The original registered its kind as a service of that type, named like it, with
its endpoint. Registering twice finds what is there; only what this process made
is removed at its end.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from keystoneclient.v3 import client as keystone_client

from disco.openstack.credentials import Credentials
from disco.openstack.errors import cloud_errors
from disco.openstack.session import Sessions

LOG = logging.getLogger(__name__)

INTERFACES = ("public", "internal", "admin")


@dataclass
class Registration:
    """A service entry and its endpoints; needs a token that may write the catalogue."""

    sessions: Sessions
    token: str
    tenant: str
    region: str
    kind: str  # the kind's type identifier: service type and name
    title: str
    endpoint: str
    service_id: str | None = None

    def register(self) -> None:
        """Make the service and its endpoints, or point those that are there to us.

        Raises:
            AuthenticationFailed: the token is refused.
            Forbidden: it may not write the catalogue.
        """
        with cloud_errors("identity"):
            client = self._client()
            known = client.services.list(type=self.kind)
            service = known[0] if known else self._create(client)
            self.service_id = service.id
            there = {e.interface: e for e in client.endpoints.list(service=service.id)}
            for interface in INTERFACES:
                if interface not in there:
                    client.endpoints.create(
                        service.id, self.endpoint, interface=interface, region=self.region
                    )
                elif there[interface].url != self.endpoint:
                    client.endpoints.update(there[interface].id, url=self.endpoint)
        LOG.info("registered %s at %s", self.kind, self.endpoint)

    def remove(self) -> None:
        """Take the service out of the catalogue; its endpoints go with it.

        Raises:
            AuthenticationFailed: the token has expired or was revoked.
        """
        if self.service_id is None:
            return
        with cloud_errors("identity"):
            self._client().services.delete(self.service_id)
        self.service_id = None
        LOG.info("removed %s from the catalogue", self.kind)

    def _create(self, client: Any) -> Any:
        return client.services.create(self.kind, type=self.kind, description=self.title)

    def _client(self) -> Any:
        # Keystone alone is asked, so no region has to be chosen
        login = self.sessions.open_anew(Credentials(token=self.token, tenant=self.tenant))
        return keystone_client.Client(session=login.session, interface=login.interface)
