"""Every OCCI attribute name, once.

Names that begin with ``icclab``, ``occi`` and ``mcn`` are the original's, with its meaning;
``occi.mcn.stack.*`` are those that Hurtle's resolver waits for. Names that begin with
``disco`` are this service's own.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection, Mapping, Sequence

from disco.untrusted import Malformed, read_json_object
from disco.url_passwords import mask_passwords

LOG = logging.getLogger(__name__)

#: the stack's parameter in which a cluster's attributes travel, as JSON
STACK_PARAMETER = "disco_attributes"
#: likewise what DISCO notes itself; in stacks of an older DISCO it is among the attributes
NOTES_PARAMETER = "disco_notes"
#: and packages that workers get which join later, as apt:NAME and pip:NAME
ADDED_PARAMETER = "disco_added"
#: properties of components: COMPONENT_PREFIX + component + "." + property
COMPONENT_PREFIX = "icclab.disco.components."
INJECT = "icclab.disco.dependencies.inject"
CORE_ID = "occi.core.id"
#: the cluster's name, which whoever creates it chooses
TITLE = "occi.core.title"
STANDARD_PREFIXES = ("occi.", "mcn.")


def component_attribute(component: str, name: str) -> str:
    """The attribute of a component's property."""
    return f"{COMPONENT_PREFIX}{component}.{name}"


def has_secret_twin(name: str) -> bool:
    """Whether a property configures a framework's own files, where some values are secret."""
    return name.startswith("conf.")


def secret_twin(name: str) -> str:
    """The property that takes a secret value for the same place."""
    return f"secret.{name}"


def open_twin(name: str) -> str:
    """The property that takes an open value for the place of ``secret_twin``; else the same."""
    return name.removeprefix("secret.")


def secret_attribute(name: str) -> str:
    """The attribute for the secret value of a property that is called COMPONENT.PROPERTY."""
    component, _, prop = name.partition(".")
    return component_attribute(component, secret_twin(prop) if has_secret_twin(prop) else prop)


def heat_attribute(name: str) -> str:
    """The attribute of a property of the component ``heat``: of the cluster's stack."""
    return component_attribute("heat", name)


# -- what a cluster is made of ------------------------------------------------

MASTER_IMAGE, SLAVE_IMAGE = heat_attribute("masterimage"), heat_attribute("slaveimage")
MASTER_FLAVOR, SLAVE_FLAVOR = heat_attribute("masterflavor"), heat_attribute("slaveflavor")
MASTER_NAME, SLAVE_NAME = heat_attribute("mastername"), heat_attribute("slavename")
#: on the wire workers are called slaves, as the original's clients send it
SLAVE_COUNT = heat_attribute("slavecount")
GROUPS = heat_attribute("groups")
#: workers that are to leave, with a request for fewer
REMOVE = heat_attribute("remove")
VOLUME_SIZE, VOLUME_TYPE = heat_attribute("volumesize"), heat_attribute("volumetype")
ROOT_VOLUME_SIZE = heat_attribute("rootvolumesize")
ROOT_VOLUME_TYPE = heat_attribute("rootvolumetype")
AVAILABILITY_ZONE = heat_attribute("availabilityzone")
CONFIG_DRIVE = heat_attribute("config_drive")
NETWORK_NAME, CIDR = heat_attribute("networkname"), heat_attribute("cidr")
NETWORK, SUBNET = heat_attribute("network"), heat_attribute("subnet")
EXTERNAL_NETWORK = heat_attribute("externalnetworkname")
FLOATING_IP = heat_attribute("floatingip")
ALLOWED_CIDR = heat_attribute("allowedcidr")
DNS_NAME_SERVERS = heat_attribute("dnsnameservers")
HTTP_PROXY, HTTPS_PROXY = heat_attribute("httpproxy"), heat_attribute("httpsproxy")
NO_PROXY = heat_attribute("noproxy")
SSH_KEY_NAME = heat_attribute("sshkeyname")
TIMEOUT = heat_attribute("timeout")
TTL = heat_attribute("ttl")
IDLE = heat_attribute("idle")
SKIP_QUOTA = heat_attribute("skipquota")

# -- what users want beside the frameworks -------------------------------------

APT, PIP = component_attribute("packages", "apt"), component_attribute("packages", "pip")
JARS = component_attribute("packages", "jars")
BOOTSTRAP = component_attribute("packages", "bootstrap")
BOOTSTRAP_WHEN = component_attribute("packages", "bootstrap.when")
DATA_SCIENCE = component_attribute("packages", "datascience")
#: of variables, before their names
ENVIRONMENT_PREFIX = component_attribute("packages", "environment.")

#: where data outlives the cluster, and the caller's own key for it
STORAGE = component_attribute("objectstore", "location")
STORAGE_KEY = component_attribute("objectstore", "accesskey")

# -- who creates the cluster: read as a fallback for the headers --------------

DEPLOYER_PREFIX = "icclab.disco.deployer."
DEPLOYER_PREFIXES = (DEPLOYER_PREFIX, "icclab.disco.hurtle.")
DEPLOYER_TYPE = f"{DEPLOYER_PREFIX}type"
#: what requests may have beside what the service advertises; credentials among it
REQUEST_ATTRIBUTES = (
    *("action", CORE_ID, INJECT, DEPLOYER_TYPE),
    *(f"{p}{n}" for p in DEPLOYER_PREFIXES for n in ("username", "password", "region")),
    f"{DEPLOYER_PREFIX}tenantname",
)

# -- notes of the service's own in a stack, which are not shown or are redone -

#: which secrets were made, and from which key secret
GENERATED = "disco.generated"
#: of a cluster that was scaled: its workers' numbers, and how many it was created with
WORKERS = "disco.workers"
CREATED_WORKERS = "disco.workers.created"
#: likewise, the numbers by group: "big:2-3,6 gpu:4"; and of those that the last change took away
GROUP_WORKERS = "disco.workers.groups"
LEFT_WORKERS = "disco.workers.left"
SCALING_NOTES = (WORKERS, CREATED_WORKERS, GROUP_WORKERS, LEFT_WORKERS)

# -- what a cluster is shown with ---------------------------------------------

FRAMEWORKS = "disco.frameworks"
WARNINGS = "disco.warnings"
#: all that DISCO notes in a stack
NOTES = (GENERATED, WARNINGS, *SCALING_NOTES)
PHASE, PHASE_SINCE, PROGRESS = "disco.phase", "disco.phase_since", "disco.progress"
CHECK = "disco.check"
HEALTH, HEALTH_REASON = "disco.health", "disco.health.reason"
FAILURE_NODE, FAILURE_STEP = "disco.failure.node", "disco.failure.step"
FAILURE_REASON, FAILURE_LINES = "disco.failure.reason", "disco.failure.lines"
FAILURE_HINT, FAILURE_CONSOLE = "disco.failure.hint", "disco.failure.console"
#: what a delete that failed left, and what of it is not the cluster's
LEFT, LEFT_FOREIGN = "disco.left", "disco.left.foreign"
#: when a cluster was created
CREATED = "disco.created"
#: packages that were added to a cluster, as apt:NAME and pip:NAME
ADDED_PACKAGES = "disco.packages"
#: how a cluster ends by itself, and when
ENDING, EXPIRES = "disco.ending", "disco.expires"
#: the tags of a stack that a list shows, and as which attributes
TAG_ATTRIBUTES = {"disco-workers": SLAVE_COUNT, "disco-frameworks": FRAMEWORKS}
PRIVATE_KEY, PUBLIC_KEY = "ssh_private_key", "ssh_public_key"
#: what stacks tell as their outputs
_OUTPUTS = frozenset(
    (
        PRIVATE_KEY, PUBLIC_KEY, "ssh_key_name", "external_ip", "worker_external_ips",
        "master_private_ip",
    )
)  # fmt: skip
#: what a cluster is shown with under the original's names and as outputs of its stack
_RESERVED = _OUTPUTS | {
    "stackid", "stack_status", "stack_status_reason", "status", "runstate", "mcn.service.state",
}  # fmt: skip
_RESERVED_PREFIXES = ("disco.", "occi.mcn.stack.")
#: a note of DISCO's own is shorter
_LONGEST_NOTE = 8192

#: by which everybody who is given attributes tells those whose values are secret
_NAMES_SECRET = re.compile(
    r"(password|passwd|secret|token|(secret|private)[._-]?key)$|\.secret\.", re.I
)


def names_secret(name: str) -> bool:
    """Whether what has this name is a secret: it is shown to nobody who does not ask for it."""
    return _NAMES_SECRET.search(name) is not None


def is_secret(name: str) -> bool:
    """Whether a value under this name is taken and never kept or shown."""
    return name.startswith(DEPLOYER_PREFIXES) and names_secret(name)


def unknown_attributes(attributes: Mapping[str, str]) -> list[str]:
    """Attributes outside the namespace of components that mean nothing to DISCO."""
    known = (COMPONENT_PREFIX, *STANDARD_PREFIXES, *DEPLOYER_PREFIXES)
    return [n for n in attributes if n != INJECT and not n.startswith(known)]


def is_reserved(name: str) -> bool:
    """Whether DISCO alone gives this attribute: a note, or what a cluster is shown with."""
    return name in _RESERVED or name.startswith(_RESERVED_PREFIXES)


# -- what travels in the stack ------------------------------------------------


def may_be_output(name: str) -> bool:
    """Whether a stack may tell this: whoever makes one by hand has its outputs say anything."""
    return name in _OUTPUTS or not is_reserved(name)


def stored_attributes(
    attributes: Mapping[str, str],
    secret: Collection[str],
    unknown: Sequence[str],
    generated: str,
) -> dict[str, str]:
    """The client's attributes as the stack keeps them, without secrets, and our notes.

    Passwords in URLs are masked. What no component has, under a secret's name, is a secret with
    a mistake in its name.

    Args:
        attributes: as they were sent.
        secret: names of those whose values are secrets.
        unknown: names that no component has.
        generated: which secrets were made; empty for none.
    """
    known = {name for name in attributes if name.startswith(COMPONENT_PREFIX)}
    known -= {name.partition(" ")[0] for name in unknown}  # what may be meant is behind it
    kept = {
        name: mask_passwords(value)
        for name, value in attributes.items()
        if name not in secret and (name in known or not names_secret(name)) and name != CORE_ID
    }
    names = (*unknown, *unknown_attributes(attributes))
    if names:
        kept[WARNINGS] = "; ".join(f"unknown attribute {name}" for name in names)
    if generated:
        kept[GENERATED] = generated
    return kept


def add_warnings(attributes: Mapping[str, str], warnings: Sequence[str]) -> dict[str, str]:
    """The attributes with more warnings; a separator within one is written without its space."""
    texts = [attributes.get(WARNINGS, ""), *(text.replace("; ", ";") for text in warnings)]
    joined = "; ".join(filter(None, texts))
    return {**attributes, WARNINGS: joined} if joined else dict(attributes)


def write_attributes(attributes: Mapping[str, str]) -> str:
    """The attributes as the value of the stack's parameter."""
    return json.dumps(dict(sorted(attributes.items())), ensure_ascii=False)


def read_attributes(text: str | None) -> dict[str, str]:
    """The attributes that ``write_attributes`` wrote; none for a stack that has others.

    Stacks of the original service have no such parameter, and a stack's owner can change it.
    """
    if not text:
        return {}
    try:
        loaded = read_json_object(text)
    except Malformed as error:
        LOG.warning("the attributes of a stack cannot be read: %s", error)
        return {}
    return {str(name): str(value) for name, value in loaded.items()}


def stored_parameters(attributes: Mapping[str, str], apart: bool) -> dict[str, str]:
    """Attributes and notes as parameters of the stack.

    Args:
        attributes: the client's, and the notes.
        apart: whether the stack's template has a parameter for notes.
    """
    if not apart:
        return {STACK_PARAMETER: write_attributes(attributes)}
    notes = {name: text for name, text in attributes.items() if name in NOTES}
    sent = {name: text for name, text in attributes.items() if name not in notes}
    return {STACK_PARAMETER: write_attributes(sent), NOTES_PARAMETER: write_attributes(notes)}


def read_stored(parameters: Mapping[str, str]) -> dict[str, str]:
    """The client's attributes and the notes, from the parameters of a stack.

    Where notes have their parameter, one among the attributes is not believed. What is
    reserved and no note is left out: whoever made the stack by hand wrote it.
    """
    sent = read_attributes(parameters.get(STACK_PARAMETER))
    noted = read_attributes(parameters[NOTES_PARAMETER]) if NOTES_PARAMETER in parameters else sent
    found = {name: text for name, text in sent.items() if not is_reserved(name)}
    return found | {
        name: noted[name] for name in NOTES if name in noted and len(noted[name]) <= _LONGEST_NOTE
    }
