"""``service_manager --check``: whether DISCO would work with a configuration, without starting it.

Keystone is asked for its version by anybody. For the rest credentials are needed: those of the
environment, as an openrc sets them, if there are some.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from disco.api.kind import load_manifest
from disco.components.loader import load_catalogue
from disco.config import Settings
from disco.errors import DiscoError
from disco.openstack.catalog import CloudCatalogue
from disco.openstack.credentials import DEFAULT_DOMAIN, Credentials
from disco.openstack.endpoints import COMPUTE, IMAGE, NETWORK, VOLUME, find_endpoint, service_url
from disco.openstack.errors import cloud_errors
from disco.openstack.login_errors import login_errors
from disco.openstack.readiness import root_of
from disco.openstack.regions import ORCHESTRATION
from disco.openstack.retrying_session import RetryingSession
from disco.openstack.session import Login, Sessions
from disco.server.certificate import check_certificate
from disco.untrusted import one_line

#: seconds for an answer of the cloud, at most; nobody's request waits for it
PATIENCE_S = 20.0
#: a small question to each service
QUESTIONS = {
    ORCHESTRATION: "/stacks?limit=1",
    COMPUTE: "/flavors?limit=1",
    IMAGE: "/images?limit=1",
    NETWORK: "/networks?limit=1",
    VOLUME: "/volumes?limit=1",
}
Say = Callable[[str], None]


def check_settings(settings: Settings, environment: Mapping[str, str], say: Say) -> bool:
    """Try what a service with these settings would use; whether all of it works.

    Args:
        settings: of the service.
        environment: with credentials in OS_*, or without.
        say: is called with each line of the report.
    """
    settings = replace(settings, cloud_timeout=min(settings.cloud_timeout, PATIENCE_S))
    for warning in settings.warnings:
        say(f"warning  {warning}")
    works = True
    for name, step in _steps(settings, environment):
        try:
            say(f"good     {name}: {step()}")
        except _NotChecked as unknown:
            say(f"unknown  {name}: {unknown}")
        except DiscoError as error:
            works = False
            say(f"failed   {name}: {error.message}")
            if error.hint:
                say(f"         {error.hint}")
    return works


class _NotChecked(Exception):
    """Something cannot be tried; the text says why."""


def _steps(
    settings: Settings, environment: Mapping[str, str]
) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "manifest", lambda: load_manifest(settings.manifest).kind.type_id
    yield "frameworks", lambda: f"{len(load_catalogue(settings.framework_directories))} components"
    if settings.certificate:
        yield "certificate", lambda: _certificate(settings)
    yield "Keystone", lambda: _keystone(settings)
    if settings.heat_uri:
        yield "Heat", lambda: _heat(settings)
    credentials = read_environment(environment)
    logins: list[Login] = []
    yield "log-in", lambda: _log_in(settings, credentials, logins)
    for service in QUESTIONS if logins else ():
        yield service, lambda service=service: _ask(logins[0], service)  # type: ignore[misc]


def read_environment(environment: Mapping[str, str]) -> Credentials:
    """The credentials of an openrc; none of its files, and no clouds.yaml, is read."""

    def value(*names: str) -> str | None:
        return next((environment[name] for name in names if environment.get(name)), None)

    return Credentials(
        token=value("OS_TOKEN"),
        username=value("OS_USERNAME"),
        password=value("OS_PASSWORD"),
        tenant=value("OS_PROJECT_ID", "OS_PROJECT_NAME", "OS_TENANT_ID", "OS_TENANT_NAME"),
        region=value("OS_REGION_NAME"),
        user_domain=value("OS_USER_DOMAIN_NAME") or DEFAULT_DOMAIN,
        user_domain_id=value("OS_USER_DOMAIN_ID"),
        project_domain=value("OS_PROJECT_DOMAIN_NAME"),
        project_domain_id=value("OS_PROJECT_DOMAIN_ID"),
        application_credential_id=value("OS_APPLICATION_CREDENTIAL_ID"),
        application_credential_secret=value("OS_APPLICATION_CREDENTIAL_SECRET"),
    )


def _certificate(settings: Settings) -> str:
    check_certificate(settings)
    return str(settings.certificate)


def _sessions(settings: Settings) -> Sessions:
    return Sessions(
        settings.design_uri,
        settings.verify,
        settings.cloud_timeout,
        interface=settings.interface,
    )


def _keystone(settings: Settings) -> str:
    url = _sessions(settings).auth_url
    session = RetryingSession(verify=settings.verify, timeout=settings.cloud_timeout)
    with login_errors():
        version = session.get(url, authenticated=False).json()["version"]["id"]
        return f"{url} has the version {one_line(version, 20)}"


def _heat(settings: Settings) -> str:
    url = root_of(settings.heat_uri)
    session = RetryingSession(verify=settings.verify, timeout=settings.cloud_timeout)
    with cloud_errors(ORCHESTRATION):
        session.get(url, authenticated=False)
    return f"{url} answers"


def _log_in(settings: Settings, credentials: Credentials, logins: list[Login]) -> str:
    if not (credentials.token or credentials.username or credentials.application_credential_id):
        raise _NotChecked(
            "the environment has no credentials (OS_USERNAME, OS_PASSWORD, OS_PROJECT_NAME),"
            " so that the cloud's other services are not tried"
        )
    login = _sessions(settings).open(credentials)
    logins.append(login)
    where = f" in the region {login.region}" if login.region else ""
    return f"project {login.access().project_name or login.project_id}{where}"


def _ask(login: Login, service: str) -> str:
    if service == VOLUME and not find_endpoint(login, service):
        raise _NotChecked("the catalogue has none; clusters with volumes are refused")
    with cloud_errors(service):
        url = service_url(login, service)
    CloudCatalogue(login).get(service, QUESTIONS[service])
    return f"{url} answers"
