"""``/disco/choices``: what the caller's project can choose from for a cluster."""

from __future__ import annotations

import falcon

from disco.api.service import Service
from disco.openstack.choices import Choices, read_choices


class OfferedChoices(Choices):
    """With the seconds that clusters took of late, by framework: the median of what was seen."""

    create_seconds: dict[str, int]


class ChoiceList:
    """Images, flavors, networks, key pairs and quotas."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """JSON in every case."""
        choices = read_choices(self._service.log_in(request))
        usual = self._service.clusters.usual_seconds()
        response.media = OfferedChoices(**choices, create_seconds=usual)
