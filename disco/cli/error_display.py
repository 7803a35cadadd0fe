"""Errors of commands: a sentence for each on standard error, and the exit status."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from disco.attributes import COMPONENT_PREFIX
from disco.cli.exit_status import Status, status_of
from disco.cli.output import note
from disco.client import BadRequest, ClusterFailed, DeadlineExceeded, DiscoClientError, Fault
from disco.client.request import attribute_names
from disco.suggestions import did_you_mean

#: packages of the extra ``server`` that `doctor` and `operate` use
OF_SERVER = ("heatclient", "keystoneclient")
#: options that set an attribute of the master and one of the workers
_OF_BOTH = ("image", "flavor")
#: characters of a list of allowed values that are compared
_MOST = 4000
#: headers that commands send, as their user sets them
HEADERS = {
    "X-Region-Name": "--os-region-name or OS_REGION_NAME",
    "X-Tenant-Name": "--os-project-name or OS_PROJECT_NAME",
}


def show_error(
    error: Exception,
    worded: Callable[[str], str] = str,
    choices: Mapping[str, str] | None = None,
) -> Status:
    """Say what went wrong and what to do; returns the exit status.

    Args:
        error: that ended the command.
        worded: makes the commands of a sentence those of the program that runs.
        choices: what the project has for options that are missing, by field of the request.

    Raises:
        Exception: ``error`` itself, if commands do not expect it.
    """
    if isinstance(error, ModuleNotFoundError) and _root(error) in OF_SERVER:
        note(f"disco: This command needs {_root(error)}, which comes with DISCO's service.")
        note("  Run: pip install 'disco-clusters[server]'")
        return Status.FAILED
    status = status_of(error)
    # the message of a refused request is its faults in one line
    faults = once_each(error.faults) if isinstance(error, BadRequest) else []
    if len(faults) > 1:
        note(f"disco: The request has {len(faults)} errors:")
    elif not faults:
        note(worded(f"disco: {error}"))
    for fault in faults:
        note(worded(f"disco: {fault_text(fault, choices or {})}"))
    for hint in _hints(error, status):
        note(worded(f"  {hint}"))
    return status


def _root(error: ModuleNotFoundError) -> str:
    return (error.name or "").partition(".")[0]


def once_each(faults: Sequence[Fault]) -> list[Fault]:
    """The faults, one for both roles of nodes where an option such as --image set both."""
    names = attribute_names()
    told: dict[tuple[object, ...], Fault] = {}
    for fault in faults:
        field = names.get(fault.attribute or "", fault.attribute or "")
        role, _, thing = field.partition("_")
        of_all = thing if role in ("master", "worker") and thing in _OF_BOTH else field
        key = (of_all, fault.message, fault.allowed)
        if key in told and told[key].attribute != fault.attribute:
            fault = Fault(f"--{of_all}", fault.message, fault.allowed, fault.code)
        told[key] = fault
    return list(told.values())


def fault_text(fault: Fault, choices: Mapping[str, str] | None = None) -> str:
    """A fault under the name of the option that sets its attribute, with what may be meant.

    ``choices`` are what there is for a missing option, by field of the request.
    """
    option = _option(fault)
    field = (option or "").removeprefix("--").replace("-", "_")
    there = (choices or {}).get(field) if fault.code == "missing-attribute" else None
    message = f"{fault.message}{_meant(fault)}"
    return str(replace(fault, attribute=option, message=message, allowed=there or fault.allowed))


def _option(fault: Fault) -> str | None:
    attribute = fault.attribute or ""
    if attribute in HEADERS:
        return HEADERS[attribute]
    option = attribute_names().get(attribute)
    if option is not None:
        return "FRAMEWORK" if option == "frameworks" else f"--{option.replace('_', '-')}"
    if attribute.startswith(COMPONENT_PREFIX):
        return f"-p {attribute.removeprefix(COMPONENT_PREFIX)}"
    return fault.attribute


def _meant(fault: Fault) -> str:
    """Which allowed value a refused one is like; the service names both."""
    refused = re.search(r"'([^']{1,100})'", fault.message)
    if not refused or not fault.allowed or "did you mean" in fault.message.lower():
        return ""
    meant = did_you_mean(refused[1], fault.allowed[:_MOST].split(", "))
    return f".{meant}" if meant else ""


def _hints(error: Exception, status: Status) -> list[str]:
    hint = getattr(error, "hint", None)
    hints = [hint] if hint else []
    if isinstance(error, ClusterFailed):
        which = f" {error.step}" if error.step else ""
        node = f" --node {error.node}" if error.node else ""
        log = "the step's log" if error.step else "the nodes' logs"
        hints.append(f"disco logs {error.cluster_id}{which}{node} shows {log} until it is deleted.")
    elif isinstance(error, DeadlineExceeded):
        hints = [f"disco watch {error.cluster_id} waits for it again."]
    if isinstance(error, DiscoClientError) and error.request_id and status is Status.UNAVAILABLE:
        hints.append(f"The service's log has details under the request id {error.request_id}.")
    return hints
