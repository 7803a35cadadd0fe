"""``/disco/choices``: what the caller's project can choose from for a cluster."""

from __future__ import annotations

import json

import falcon

from disco.api.service import Service
from disco.openstack.choices import read_choices


class ChoiceList:
    """Images, flavors, networks, key pairs and quotas; no id of a cluster is called so."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """JSON in every case."""
        choices = read_choices(self._service.log_in(request))
        response.content_type = falcon.MEDIA_JSON
        response.text = json.dumps(choices, indent=2, ensure_ascii=False)
