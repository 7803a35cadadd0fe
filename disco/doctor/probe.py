"""One node that says what it reaches: a small stack, which is deleted in the end.

It has what every cluster has (network, router, server, wait condition), so that it also
shows whether Heat's stack domain and trusts work.
"""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from heatclient.v1 import client as heat_client

from disco.doctor.finding import Finding, Findings, Patient, failed, good, warning
from disco.doctor.identity import HEAT
from disco.doctor.probe_template import SAID, render, render_script
from disco.errors import DiscoError, NotInCloud
from disco.heat.stack_status import CREATE_COMPLETE, DELETE, StackStatus
from disco.openstack.delete_credential import auth_url, heat_endpoint
from disco.openstack.endpoints import COMPUTE
from disco.openstack.errors import cloud_errors, tidy
from disco.openstack.session import Login
from disco.untrusted import Malformed, one_line, read_json_object

NAME = "disco-doctor"
_PAUSE_S, _DELETE_S = 5.0, 300.0
_LINES = 200
#: what a node says of itself: bytes
_MAX_BYTES = 16 * 1024


def probe(patient: Patient, timeout_s: float) -> Findings:
    """Boot the node, tell what it says, and delete the stack whatever happens."""
    names = _choose(patient)
    if isinstance(names, Finding):
        yield names
        return
    image, flavor, external = names
    login = patient.login
    script = render_script(auth_url(login), heat_endpoint(login))
    template = render(script, image, flavor, external, timeout_s)
    heat = _client(login)
    name = f"{NAME}-{uuid.uuid4().hex[:8]}"
    began = time.time()
    try:
        with cloud_errors(HEAT):
            made = heat.stacks.create(
                stack_name=name, template=template, disable_rollback=True,
                timeout_mins=int(timeout_s // 60) + 5,
            )  # fmt: skip
    except DiscoError as error:
        yield failed("probe", f"Heat refuses the probe's stack: {error.message}", _domain(error))
        return
    stack_id = f"{name}/{made['stack']['id']}"
    try:
        yield from _watch(patient, heat, stack_id, began + timeout_s)
    except DiscoError as error:
        yield failed("probe", f"The probe could not be followed: {error.message}", "Run it again.")
    finally:
        gone = _delete(heat, stack_id)
    if not gone:
        yield failed(
            "probe",
            f"The stack {name} was not deleted in time.",
            f"Delete it: openstack stack delete {name}",
        )


def _choose(patient: Patient) -> tuple[str, str, str] | Finding:
    """Ids or names for the node; a finding where nothing or too much could be meant."""
    cloud, wanted = patient.cloud, patient.wanted
    flavors = sorted((f for f in cloud.flavors() if f.ram_mb >= 1024), key=lambda f: f.ram_mb)
    images = [i for i in cloud.images() if i.get("status") == "active"]
    external = [n for n in cloud.networks() if n.get("router:external")]
    image = wanted.image or (str(images[0]["id"]) if len(images) == 1 else None)
    network = wanted.external_network or (str(external[0]["id"]) if len(external) == 1 else None)
    flavor = wanted.flavor or (flavors[0].id if flavors else None)
    if image and network and flavor:
        return image, flavor, network
    missing = [
        option
        for option, value in (("--image", image), ("--external-network", network))
        if not value
    ]
    return failed("probe", "There are several to choose from.", f"Give {' and '.join(missing)}.")


def _client(login: Login) -> Any:
    return heat_client.Client(
        session=login.session, service_type=HEAT, interface="public", region_name=login.region
    )


def _watch(patient: Patient, heat: Any, stack_id: str, until: float) -> Findings:
    """What becomes of the stack, and what its node says."""
    while True:
        with cloud_errors(HEAT):
            stack = heat.stacks.get(stack_id)
        status = StackStatus(stack.stack_status)
        if not status.is_in_progress or time.time() > until:
            break
        time.sleep(_PAUSE_S)
    if status == CREATE_COMPLETE:
        yield good("probe", "Heat made a network, a router and a server; its wait condition works.")
        yield from _read(patient, _output(stack), reported=True)
        return
    said = _from_console(patient, heat, stack_id)
    reason = tidy(str(stack.stack_status_reason or ""))
    if said is not None:
        yield failed(
            "probe",
            "The node runs, and its signal did not reach Heat.",
            "Have Heat's public endpoint made reachable for instances, or set waitcondition=False"
            " in sm.cfg.",
        )
        yield from _read(patient, said, reported=False)
    elif status.is_failed and "WaitConditionTimeout" not in reason and "timed out" not in reason:
        yield failed("probe", f"The node could not be made: {reason}", _domain(reason))
    else:
        yield failed(
            "probe",
            "The node said nothing in time, to Heat or on its console.",
            "See that the image has cloud-init and curl, and that the metadata service answers;"
            " or give it more time (--timeout).",
        )


def _domain(reason: object) -> str:
    """What to do about an error, which in Heat's stack domain has words of its own."""
    text = str(reason).lower()
    if "domain" in text or "trust" in text:
        return (
            "Have Heat's stack domain and trusts set up: stack_user_domain_name and"
            " stack_domain_admin in heat.conf, and trusts_delegated_roles among your roles."
        )
    return "Ask the cloud's operator; the reason is the cloud's own."


def _output(stack: Any) -> str:
    """What the node signalled: the wait condition's data, by the signals' ids."""
    for output in getattr(stack, "outputs", None) or ():
        with contextlib.suppress(ValueError, TypeError, AttributeError, LookupError):
            value = json.loads(output["output_value"])
            return str(next(iter(value.values())))
    return ""


def _from_console(patient: Patient, heat: Any, stack_id: str) -> str | None:
    """What the node wrote there; None for nothing."""
    try:
        with cloud_errors(HEAT):
            server = heat.resources.get(stack_id, "node").physical_resource_id
        if not server:
            return None
        body = {"os-getConsoleOutput": {"length": _LINES}}
        answer = patient.cloud.post(COMPUTE, f"/servers/{server}/action", body)
    except DiscoError:
        return None
    lines = str(answer.get("output") or "").splitlines()
    said = [line.partition(SAID)[2] for line in lines if SAID in line]
    return said[-1] if said else None


def _read(patient: Patient, text: str, reported: bool) -> Iterator[Finding]:
    """The node's own words, as findings."""
    try:
        said = read_json_object(text, max_bytes=_MAX_BYTES, max_depth=2, max_values=32)
    except Malformed:
        yield warning("probe", "The node's report cannot be read.", "Look at its console.")
        return
    told = {name: one_line(value, 200) for name, value in said.items()}
    if told.get("curl") == "missing":
        yield failed("probe", "The image has no curl.", "Use a cloud image of Debian or Ubuntu.")
    yield from _reached(told, reported)
    yield good(
        "probe",
        f"The node has {told.get('system') or 'an unknown system'},"
        f" {told.get('cloudinit') or 'an unknown cloud-init'}"
        f" and Python {told.get('python')}.",
    )
    clock = told.get("clock", "")
    if clock.isascii() and clock.isdigit() and len(clock) < 12:
        apart = abs(int(clock) - time.time())
        if apart > 900:  # it was read a while ago
            yield warning("probe", f"The node's clock is {apart:.0f} s off.", "Have it use NTP.")


def _reached(told: Mapping[str, str], reported: bool) -> Iterator[Finding]:
    for key, name, kind in (
        ("keystone", "Keystone", warning),
        ("heat", "Heat", warning if reported else failed),
        ("packages", "pypi.org", warning),
    ):
        if told.get(key) == "ok":
            yield good("probe", f"The node reaches {name}.")
        elif key in told:
            todo = (
                "Nodes install from there unless you have a mirror (disco mirror) or an image with"
                " the frameworks."
                if key == "packages"
                else "Have its public endpoint made reachable for instances."
            )
            yield kind("probe", f"The node does not reach {name}: {told[key]}", todo)


def _delete(heat: Any, stack_id: str) -> bool:
    """Delete the stack; whether it is gone."""
    until = time.time() + _DELETE_S
    asked = False
    while time.time() < until:
        try:
            with cloud_errors(HEAT):
                status = StackStatus(heat.stacks.get(stack_id).stack_status)
                if status.action == DELETE and status.is_complete:
                    return True
                if not asked or (status.action == DELETE and status.is_failed):
                    heat.stacks.delete(stack_id)
                    asked = True
        except NotInCloud as error:
            if error.by_service:
                return True
        except DiscoError:
            pass  # it is asked again
        time.sleep(1.0)
    return False
