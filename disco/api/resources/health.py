"""``/health``: whether the process answers."""

from __future__ import annotations

from typing import Literal, TypedDict

import falcon

from disco import __version__


class HealthBody(TypedDict):
    """That the process answers; the cloud is not asked."""

    status: Literal["ok"]
    version: str


class Health:
    """For load balancers and start scripts."""

    def on_get(self, _: falcon.Request, response: falcon.Response) -> None:
        """Always 200 while requests are served."""
        response.media = HealthBody(status="ok", version=__version__)
