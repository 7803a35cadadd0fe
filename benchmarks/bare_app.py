"""What a service can be measured against: bare Falcon that makes the same calls to the cloud.

``/NAME`` makes the calls of ``BENCH_CALLS`` (a JSON file: name -> list of [method, address])
with one requests session, reads their JSON, and answers a short JSON. ``/none`` makes none.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import falcon
import requests


class _Route:
    def __init__(self, calls: list[tuple[str, str]], http: requests.Session) -> None:
        self._calls, self._http = calls, http

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        for method, address in self._calls:
            answer = self._http.request(
                method,
                address,
                headers={"X-Auth-Token": "token", "Accept": "application/json"},
                allow_redirects=False,
                timeout=30,
            )
            if answer.content:
                answer.json()
        response.media = {"calls": len(self._calls)}


def make_app() -> falcon.App[falcon.Request, falcon.Response]:
    """The WSGI application."""
    http = requests.Session()
    http.trust_env = False
    app = falcon.App()
    calls = json.loads(Path(os.environ["BENCH_CALLS"]).read_text())
    for name, made in {**calls, "none": []}.items():
        app.add_route(f"/{name}", _Route(made, http))
    return app
