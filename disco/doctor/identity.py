"""Keystone: the catalogue with its regions and interfaces, and who the caller is."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from disco.doctor.finding import Findings, Patient, failed, good, listed, warning
from disco.errors import DiscoError
from disco.openstack.delete_credential import auth_url
from disco.openstack.endpoints import COMPUTE, IMAGE, NETWORK, VOLUME, find_endpoint
from disco.openstack.errors import cloud_errors
from disco.openstack.session import MEMBER_ROLES

HEAT = "orchestration"
#: services that every cluster needs, and what people call them
NEEDED: Mapping[str, str] = {COMPUTE: "Nova", IMAGE: "Glance", NETWORK: "Neutron", HEAT: "Heat"}
#: seconds that a token should be good for: a create, with its checks, is not done in less
_SHORT_S = 600


def check_catalogue(patient: Patient) -> Findings:
    """Every service that clusters need has a public address in one region."""
    login = patient.login
    catalog: Sequence[Mapping[str, Any]] = login.access().service_catalog.catalog
    regions = sorted({_region(e) for s in catalog for e in s.get("endpoints", ())} - {""})
    if login.region and login.region not in regions:
        yield failed(
            "region",
            f'The catalogue has no region "{login.region}".',
            f"Set OS_REGION_NAME to one of: {listed(regions)}.",
        )
        return
    if not login.region and len(regions) > 1:
        yield failed(
            "region",
            f"The cloud has {len(regions)} regions and none is chosen: each service would be"
            " taken from its own first one.",
            f"Set OS_REGION_NAME to one of: {listed(regions)}.",
        )
        return
    yield good("region", f"The region is {login.region or ', '.join(regions) or 'not named'}.")
    for service, name in NEEDED.items():
        yield from _check_service(patient, catalog, service, name)
    if find_endpoint(login, VOLUME) is None:
        yield good("catalogue", "There is no Cinder: clusters cannot have volumes.")


def _check_service(
    patient: Patient, catalog: Sequence[Mapping[str, Any]], service: str, name: str
) -> Findings:
    address = find_endpoint(patient.login, service)
    if address is not None:
        yield good("catalogue", f"{name} is at {address}.")
        return
    there = [s for s in catalog if service in str(s.get("type"))]
    interfaces = sorted({str(e.get("interface")) for s in there for e in s.get("endpoints", ())})
    elsewhere = sorted({_region(e) for s in there for e in s.get("endpoints", ())} - {""})
    if not there:
        todo = f"Have the cloud's operator install {name} and add it to Keystone's catalogue."
        yield failed("catalogue", f"The catalogue has no {name} ({service}).", todo)
    elif patient.login.region and patient.login.region not in elsewhere:
        yield failed(
            "catalogue",
            f"{name} has no address in the region {patient.login.region}.",
            f"Set OS_REGION_NAME to a region that has it: {listed(elsewhere)}.",
        )
    else:
        yield failed(
            "interface",
            f"{name} has no {patient.login.interface} address; there are: {listed(interfaces)}.",
            "Have the cloud's operator add one, or set OS_INTERFACE, and interface= of sm.cfg, to"
            " one that is there.",
        )


def _region(endpoint: Mapping[str, Any]) -> str:
    return str(endpoint.get("region_id") or endpoint.get("region") or "")


def check_roles(patient: Patient) -> Findings:
    """The caller may create clusters."""
    access = patient.login.access()
    roles = sorted(access.role_names or ())
    if patient.login.delegated:
        yield failed(
            "credentials",
            "These are an application credential or a trust, with which Heat can create no"
            " cluster: it makes a trust for each, which Keystone refuses to them.",
            "Use a password, or a token that was made with one.",
        )
    elif MEMBER_ROLES.isdisjoint(roles):
        yield warning(
            "credentials",
            f"Your roles in this project are: {listed(roles) or 'none'}.",
            "Clusters need a role that may create servers, most often member: ask for it if a"
            " create is refused.",
        )
    else:
        yield good("credentials", f"Your roles in {access.project_name}: {listed(roles)}.")
    left = patient.login.expires - time.time() - patient.clocks.get("identity", 0.0)
    if left < _SHORT_S:
        yield warning(
            "credentials",
            f"Keystone's tokens are good for {max(left, 0):.0f} s.",
            "Have [token] expiration of Keystone set to an hour or more, or make a new token.",
        )


def check_application_credentials(patient: Patient) -> Findings:
    """They can be made, which clusters need that are to delete themselves."""
    if patient.login.delegated:
        return
    url = f"{auth_url(patient.login)}/users/{patient.login.user_id}/application_credentials"
    try:
        with cloud_errors("identity"):
            known = patient.login.session.get(url).json()["application_credentials"]
    except DiscoError as error:
        yield warning(
            "application credentials",
            f"Keystone does not list yours: {error.message}",
            "Clusters with a time to live power off at their end; run disco operate, which"
            " deletes them.",
        )
        return
    yield good("application credentials", f"Keystone has them; you have {len(known)}.")
