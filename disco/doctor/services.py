"""The services themselves: they answer, with which version, by which clock; what Heat knows."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from disco.doctor.finding import Findings, Patient, failed, good, listed, warning
from disco.doctor.identity import HEAT, NEEDED
from disco.errors import AuthenticationFailed, DiscoError, Forbidden
from disco.openstack.delete_credential import auth_url, heat_endpoint
from disco.openstack.endpoints import COMPUTE, IMAGE, NETWORK, find_endpoint, service_url
from disco.openstack.errors import cloud_errors
from disco.openstack.readiness import root_of
from disco.untrusted import Malformed, one_line, read_json

#: a list of each service that everybody may read
_LISTS: Mapping[str, str] = {
    COMPUTE: "/flavors", IMAGE: "/images", NETWORK: "/networks", HEAT: "/stacks",
}  # fmt: skip
#: seconds that clocks may differ
_APART_S, _FAR_S = 30.0, 300.0
_MAX_BYTES = 1 << 20
#: what clusters are made of
_TYPES = (
    *("OS::Nova::Server", "OS::Neutron::Net", "OS::Neutron::Subnet", "OS::Neutron::Router"),
    *("OS::Neutron::RouterInterface", "OS::Neutron::Port", "OS::Neutron::SecurityGroup"),
    *("OS::Neutron::FloatingIP", "OS::Heat::WaitCondition", "OS::Heat::WaitConditionHandle"),
)
_TEMPLATE = {
    "heat_template_version": "2018-08-31",
    "resources": {"nothing": {"type": "OS::Heat::None"}},
}


def check_services(patient: Patient) -> Findings:
    """Each service answers the caller."""
    for service, name in NEEDED.items():
        if find_endpoint(patient.login, service) is None:
            continue  # the catalogue's line says so
        base = (
            heat_endpoint(patient.login) if service == HEAT else service_url(patient.login, service)
        )
        try:
            with cloud_errors(service):
                answer = patient.login.session.get(base + _LISTS[service], params={"limit": 1})
        except (AuthenticationFailed, Forbidden) as error:
            yield failed(
                "services",
                f"{name} does not accept what Keystone gave: {error.message}",
                f"Have the cloud's operator look at [keystone_authtoken] of {name} and its policy.",
            )
        except DiscoError as error:
            yield failed(
                "services",
                f"{name} at {base}: {error.message}",
                f"See whether this machine reaches that address and whether {name} runs.",
            )
        else:
            _note_clock(patient, service, answer.headers.get("Date"))
            yield good("services", f"{name} answers{_version(patient, service)}.")


def _note_clock(patient: Patient, service: str, date: str | None) -> None:
    """How far a service's clock is ahead; answers of a cache have an age and are left out."""
    try:
        # the longest that RFC 9110 allows has 33 characters
        there = parsedate_to_datetime((date or "")[:40]).timestamp()
    except (ValueError, OverflowError):
        return
    patient.clocks[service] = there - time.time()


def _version(patient: Patient, service: str) -> str:
    """``, version 2.96``, as the service's own list has it; nothing where it does not tell."""
    address = find_endpoint(patient.login, service) or ""
    try:
        with requests.Session() as plain, plain.get(
            root_of(re.sub(r"/v\d.*$", "", address)),
            timeout=10, verify=patient.login.session.verify, stream=True, allow_redirects=False,
        ) as answer:  # fmt: skip
            body = answer.raw.read(_MAX_BYTES, decode_content=True)
        said: Any = read_json(body, max_bytes=_MAX_BYTES, max_depth=12, max_values=10_000)
        newest = next(v for v in said["versions"] if v.get("status") == "CURRENT")
        version = newest.get("version") or str(newest["id"]).removeprefix("v")
        return f", version {one_line(version, 20)}"
    except (
        *(requests.RequestException, OSError, Malformed, LookupError, TypeError),
        *(AttributeError, StopIteration, ValueError),
    ):
        return ""


def check_clocks(patient: Patient) -> Findings:
    """Tokens and ends of clusters are times: clocks must agree."""
    try:
        with cloud_errors("identity"):
            answer = patient.login.session.get(auth_url(patient.login), authenticated=False)
        _note_clock(patient, "identity", answer.headers.get("Date"))
    except DiscoError:
        pass  # it has answered before; its clock is not known
    names = {**NEEDED, "identity": "Keystone"}
    if not patient.clocks:
        return
    off = {names[s]: d for s, d in patient.clocks.items() if abs(d) > _APART_S}
    if not off:
        yield good("clocks", "The clocks of the services agree with this machine's.")
        return
    words = ", ".join(f"{n}'s by {abs(d):.0f} s {_ahead(d)}" for n, d in sorted(off.items()))
    kind = failed if max(map(abs, off.values())) > _FAR_S else warning
    others = "; all of them differ, so it may be this one's" if len(off) > 1 else ""
    yield kind(
        "clocks",
        f"Clocks differ from this machine's: {words}{others}.",
        "Have them set by NTP (chrony): tokens and the ends of clusters depend on them.",
    )


def _ahead(seconds: float) -> str:
    return "ahead" if seconds > 0 else "behind"


def check_heat(patient: Patient) -> Findings:
    """Heat has the resource types of a cluster and lets the caller create stacks."""
    if find_endpoint(patient.login, HEAT) is None:
        return
    base, session = heat_endpoint(patient.login), patient.login.session
    try:
        with cloud_errors(HEAT):
            known = session.get(f"{base}/resource_types").json()["resource_types"]
    except DiscoError as error:
        yield warning("heat", f"Heat does not list its resource types: {error.message}", _ASK)
    else:
        missing = [name for name in _TYPES if name not in known]
        if missing:
            yield failed(
                "heat",
                f"Heat does not let you use: {listed(missing)}.",
                "Have the cloud's operator look at Heat's policy and at the services Heat knows.",
            )
        else:
            yield good("heat", "Heat has all resource types that clusters need.")
    body = {"stack_name": "disco-doctor", "template": _TEMPLATE}
    try:
        with cloud_errors(HEAT):
            session.post(f"{base}/stacks/preview", json=body)
    except Forbidden as error:
        yield failed(
            "heat",
            f"Heat does not let you create stacks: {error.message}",
            "Ask for the role that Heat's policy wants, most often member.",
        )
    except DiscoError as error:
        yield failed("heat", f"Heat refuses an empty stack: {error.message}", _ASK)


_ASK = "Ask the cloud's operator; Heat's log says more."
