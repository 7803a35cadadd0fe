"""Heat's clients for compute, image, network and volumes, led to services in its own process.

Heat's resource types and its client libraries (novaclient, glanceclient,
neutronclient, cinderclient) are the real ones: only the transport below them is ours. So
schemas, name look-ups, constraints, polling and error texts are what they are
on any cloud. Named by ``[DEFAULT] cloud_backend`` in heat.conf.
"""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from cinderclient import client as cinder
from glanceclient import client as glance
from heat.engine import clients
from heat.engine.clients.os import cinder as cinder_plugin
from heat.engine.clients.os import glance as glance_plugin
from heat.engine.clients.os import neutron as neutron_plugin
from heat.engine.clients.os import nova as nova_plugin
from keystoneauth1 import session
from keystoneauth1.noauth import NoAuth
from neutronclient.v2_0 import client as neutron
from novaclient import client as nova
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from disco.embedded.services import caller

BASE = "http://embedded"
_application: Any = None


def connect(application: Any) -> None:
    """Let the clients of this process talk to ``application``."""
    global _application
    _application = application


class _InProcess(BaseAdapter):
    """Carries a request to the WSGI application as a call, in the name of a project."""

    def __init__(self, project_id: str, user_id: str) -> None:
        super().__init__()
        self._project_id = project_id
        self._user_id = user_id

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        url = urlsplit(request.url or "")
        body = request.body or b""
        data = body.encode() if isinstance(body, str) else bytes(body)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(url.path),
            "QUERY_STRING": url.query,
            "SERVER_NAME": "embedded",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(data)),
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(data),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            caller.ENVIRON_KEY: caller.Caller(self._project_id, self._user_id, trusted=True),
        }
        for name, value in request.headers.items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        response = requests.Response()

        def start(status: str, headers: list[tuple[str, str]], _info: Any = None) -> None:
            code, _, reason = status.partition(" ")
            response.status_code, response.reason = int(code), reason
            response.headers = CaseInsensitiveDict(headers)

        response.raw = io.BytesIO(b"".join(_application(environ, start)))
        response.url = request.url or ""
        response.request = request
        response.encoding = "utf-8"
        return response

    def close(self) -> None:
        """Nothing is open."""


def _session(context: Any, endpoint: str) -> session.Session:
    http = requests.Session()
    # no proxy leads here, and to look for one in the environment costs more than the call
    http.trust_env = False
    http.mount(BASE, _InProcess(context.project_id or "", context.user_id or ""))
    return session.Session(auth=NoAuth(endpoint=endpoint), session=http)


class _Here:
    """The endpoint exists: it is part of this process."""

    def does_endpoint_exist(self, service_type: str, service_name: str) -> bool:
        """Spare the look-up in Keystone's catalogue that each resource would cost."""
        return True


class NovaPlugin(_Here, nova_plugin.NovaClientPlugin):  # type: ignore[misc]
    """novaclient over the in-process transport."""

    def _create(self, version: str | None = None) -> Any:
        endpoint = BASE + "/compute/v2.1"
        return nova.Client(
            version or self.NOVA_API_VERSION,
            session=_session(self.context, endpoint),
            endpoint_override=endpoint,
        )


class GlancePlugin(_Here, glance_plugin.GlanceClientPlugin):  # type: ignore[misc]
    """glanceclient over the in-process transport."""

    def _create(self, version: str | None = None) -> Any:
        endpoint = BASE + "/image"
        return glance.Client(
            version, session=_session(self.context, endpoint), endpoint_override=endpoint
        )


class NeutronPlugin(_Here, neutron_plugin.NeutronClientPlugin):  # type: ignore[misc]
    """neutronclient over the in-process transport."""

    def _create(self) -> Any:
        endpoint = BASE + "/network"
        return neutron.Client(session=_session(self.context, endpoint), endpoint_override=endpoint)


class CinderPlugin(_Here, cinder_plugin.CinderClientPlugin):  # type: ignore[misc]
    """cinderclient over the in-process transport."""

    def _create(self, version: str | None = None) -> Any:
        endpoint = f"{BASE}/volume/v3/{self.context.project_id}"
        return cinder.Client(
            version or self.CINDER_API_VERSION,
            session=_session(self.context, endpoint),
            endpoint_override=endpoint,
        )


class EmbeddedClients(clients.OpenStackClients):  # type: ignore[misc]
    """Heat's clients, with four of them replaced."""

    PLUGINS = {
        "nova": NovaPlugin,
        "glance": GlancePlugin,
        "neutron": NeutronPlugin,
        "cinder": CinderPlugin,
    }

    def client_plugin(self, name: str) -> Any:
        """The plug-in for ``name``: ours for the embedded services, Heat's for the rest."""
        if name in self.PLUGINS and name not in self._client_plugins:
            self._client_plugins[name] = self.PLUGINS[name](self.context)
        return super().client_plugin(name)
