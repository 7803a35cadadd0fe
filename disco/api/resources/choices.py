"""``/disco/choices``: what the caller's project can choose from for a cluster."""

from __future__ import annotations

import falcon

from disco.api.service import Service
from disco.openstack.choices import read_choices


class ChoiceList:
    """Images, flavors, networks, key pairs and quotas."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """JSON in every case."""
        response.media = read_choices(self._service.log_in(request))
