"""All checks in their order; an error of one keeps no other from being made."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from disco.doctor.finding import Finding, Findings, Patient, failed
from disco.doctor.identity import check_application_credentials, check_catalogue, check_roles
from disco.doctor.project import (
    check_flavors,
    check_images,
    check_networks,
    check_quotas,
    check_security_groups,
)
from disco.doctor.reach import check_reach
from disco.doctor.services import check_clocks, check_heat, check_services
from disco.errors import DiscoError, InvalidRequest
from disco.openstack.endpoints import COMPUTE, IMAGE, NETWORK, find_endpoint

LOG = logging.getLogger(__name__)

Check = Callable[[Patient], Findings]
#: name, check, and the services without which it cannot be made
CHECKS: tuple[tuple[str, Check, tuple[str, ...]], ...] = (
    ("services", check_services, ()),
    ("clocks", check_clocks, ()),
    ("credentials", check_roles, ()),
    ("heat", check_heat, ()),
    ("images", check_images, (IMAGE,)),
    ("flavors", check_flavors, (COMPUTE,)),
    ("external network", check_networks, (NETWORK,)),
    ("security groups", check_security_groups, (NETWORK,)),
    ("quotas", check_quotas, (COMPUTE, NETWORK)),
    ("application credentials", check_application_credentials, ()),
    ("nodes", check_reach, ()),
)
_ODD = (LookupError, TypeError, ValueError, AttributeError)


def examine(patient: Patient) -> Iterator[Finding]:
    """Every finding, as it is made.

    Where the catalogue does not tell which region is meant, nothing else can be looked at.
    """
    first = list(_guarded("catalogue", check_catalogue, patient))
    yield from first
    if any(one.check == "region" and one.state == "failed" for one in first):
        return
    for name, check, needs in CHECKS:
        if all(find_endpoint(patient.login, service) is not None for service in needs):
            yield from _guarded(name, check, patient)


def _guarded(name: str, check: Check, patient: Patient) -> Findings:
    try:
        yield from check(patient)
    except InvalidRequest as error:
        yield failed(name, error.message, "See the lines above.")
    except DiscoError as error:
        yield failed(name, error.message, error.hint or "Ask the cloud's operator.")
    except _ODD as error:
        LOG.debug("%s", name, exc_info=error)
        yield failed(
            name,
            "The service answered with something that cannot be read.",
            "See whether its address in the catalogue is right, and what is between.",
        )
