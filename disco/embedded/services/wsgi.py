"""How the services are put behind one port, and behind a check of the caller's token."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_NOT_FOUND = b'{"error": {"code": 404, "message": "This port has no such service."}}'


def _answer_not_found(_environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    length = str(len(_NOT_FOUND))
    start("404 Not Found", [("Content-Type", "application/json"), ("Content-Length", length)])
    return [_NOT_FOUND]


def mount(applications: Mapping[str, Application]) -> Application:
    """One application that leads each first path segment to its own."""

    def dispatch(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        first, _, rest = path.lstrip("/").partition("/")
        application = applications.get("/" + first)
        if application is None:
            return _answer_not_found(environ, start)
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + "/" + first
        environ["PATH_INFO"] = "/" + rest
        return application(environ, start)

    return dispatch


def require_token(
    application: Application, service_type: str, open_paths: tuple[str, ...]
) -> Application:
    """``application`` behind a check of the token with Keystone.

    Args:
        application: what to protect.
        service_type: as the access rules of application credentials name the service.
        open_paths: the paths of discovery, which need no token.
    """
    from keystonemiddleware import auth_token
    from oslo_config import cfg

    protected = auth_token.AuthProtocol(
        application, {"oslo_config_config": cfg.CONF, "service_type": service_type}
    )

    def choose(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "").rstrip("/")
        chosen: Application = application if path in open_paths else protected
        return chosen(environ, start)

    return choose
