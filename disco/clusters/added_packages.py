"""Packages that a cluster's workers get which join from now on.

They are a parameter of the stack, which is in the user data of workers. Heat touches no server
that is there when it changes (``user_data_update_policy``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from disco.attributes import ADDED_PARAMETER, APT, PIP, stored_parameters
from disco.clusters.actions import RUNNING
from disco.errors import Conflict, Fault, InvalidRequest
from disco.heat.reads import HeatReads
from disco.heat.stacks import Stack, Stacks
from disco.heat.template.script_layout import NOVA_LIMIT, user_data_size
from disco.heat.updates import StackUpdate
from disco.openstack.session import Login
from disco.user_packages import parse_apt, parse_pip, requirement_name

_KINDS: tuple[tuple[str, str, Callable[[str], tuple[str, ...]]], ...] = (
    ("apt", APT, parse_apt),
    ("pip", PIP, parse_pip),
)


def adds_packages(attributes: Mapping[str, str]) -> bool:
    """Whether a partial update asks for packages."""
    return not {APT, PIP}.isdisjoint(attributes)


def add_packages(
    login: Login, stack: Stack, attributes: Mapping[str, str], reads: HeatReads
) -> None:
    """Have workers that join get these packages, beside those that were added before.

    ``reads`` may have begun to ask for the files.

    Raises:
        InvalidRequest: with every text that is no package, or there is no room for them.
        Conflict: not in the cluster's present state, or for a cluster of an older DISCO.
    """
    wanted = _read(attributes)
    if stack.status not in RUNNING:
        raise Conflict(
            f"The cluster is {stack.status}; no packages can be added.",
            hint="Repeat the request when the cluster runs.",
        )
    if ADDED_PARAMETER not in stack.parameters:
        raise Conflict(
            "The cluster was created by an older DISCO: workers that join later get no packages.",
            hint="Install them on new workers, too, when these have joined.",
            code="packages-not-kept",
        )
    text = merged(stack.parameters[ADDED_PARAMETER], wanted)
    update = StackUpdate(login, stack, reads)
    files = update.files().items()
    scripts = [text for name, text in files if name.endswith(".sh") and name != "master.sh"]
    size = max((user_data_size(script) for script in scripts), default=0) + 2 * len(text)
    if size > NOVA_LIMIT:
        message = f"the script of a worker has {size} bytes with these packages"
        fault = Fault(PIP, message, f"packages that need {NOVA_LIMIT}", "user-data-too-large")
        raise InvalidRequest.of([fault])
    kept = stored_parameters(stack.attributes, stack.keeps_notes_apart)
    Stacks(login).change(stack, {**kept, ADDED_PARAMETER: text}, stack.tags)


def _read(attributes: Mapping[str, str]) -> list[tuple[str, str]]:
    wanted: list[tuple[str, str]] = []
    faults = []
    for kind, attribute, parse in _KINDS:
        try:
            wanted += [(kind, name) for name in parse(attributes.get(attribute, ""))]
        except ValueError as error:
            faults.append(Fault(attribute, str(error), "names of packages", "bad-value"))
    if not wanted and not faults:
        faults.append(Fault(PIP, "missing", "names of packages", "missing-attribute"))
    if faults:
        raise InvalidRequest.of(faults)
    return wanted


def merged(before: str, wanted: list[tuple[str, str]]) -> str:
    """What was added and what is; the newer of two with one name. What is no package is left out.

    Anybody in the project may have written what was there.
    """
    found: dict[tuple[str, str], str] = {}
    words = [(word.partition(":")[0], word.partition(":")[2]) for word in before.split(" ")]
    for kind, name in [*words, *wanted]:
        for known, _, parse in _KINDS:
            if kind == known:
                _take(found, kind, name, parse)
    return " ".join(found.values())


def _take(
    found: dict[tuple[str, str], str],
    kind: str,
    name: str,
    parse: Callable[[str], tuple[str, ...]],
) -> None:
    try:
        for one in parse(name):
            key = requirement_name(one) if kind == "pip" else one.partition("=")[0]
            found[kind, key] = f"{kind}:{one}"
    except ValueError:
        return
