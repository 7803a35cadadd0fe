"""The end of a cluster: asked for at its creation, extended by an action."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import replace

from disco.attributes import TTL, WARNINGS
from disco.clusters.plan import Draft
from disco.components.loader import Catalogue
from disco.components.values import describe_allowed, parse_value
from disco.config import Settings
from disco.derived_secrets import derive_password, fingerprint
from disco.errors import Conflict, Fault, InvalidRequest
from disco.heat.stacks import ATTRIBUTES_PARAMETER, Stack, Stacks
from disco.openstack.delete_credential import END, IDLE_ONLY_S, SECRET, SECRET_LENGTH, End, Endings
from disco.openstack.session import Login

LOG = logging.getLogger(__name__)

_POWER_OFF = (
    ": when its time is over the cluster's nodes power off, and what it takes of the quotas stays"
    " until you delete it"
)
NO_CREDENTIAL = f"this cloud gives you no application credential{_POWER_OFF}"
NOT_TAKEN = (
    f"this cloud's Heat takes no application credential that is limited by access rules{_POWER_OFF}"
)


def with_end(settings: Settings, login: Login, draft: Draft) -> Draft:
    """The draft with the time and the credential of its end, which is made here.

    Raises:
        CloudError: and its relatives, when Keystone fails.
    """
    spec = draft.spec
    now = int(time.time())
    at = now + spec.ttl_s if spec.ttl_s else 0
    key = settings.key_secrets[0]
    secret = _secret(key, login, spec.id)
    endings = Endings(login)
    credential = endings.prepare(spec.id, secret, at or now + IDLE_ONLY_S)
    warning = "" if credential else NO_CREDENTIAL
    if credential and not endings.taken_by_heat(credential, secret, spec.id):
        endings.remove([spec.id])
        credential, warning = None, NOT_TAKEN
    attributes = dict(spec.attributes)
    if warning:
        known = attributes.get(WARNINGS)
        attributes[WARNINGS] = f"{known}; {warning}" if known else warning
    parameters = {
        **draft.rendered.parameters,
        ATTRIBUTES_PARAMETER: as_parameter(attributes),
        END: str(End(at, credential, fingerprint(key))),
        SECRET: secret if credential else "",
    }
    return replace(
        draft,
        spec=replace(spec, attributes=attributes),
        rendered=replace(draft.rendered, parameters=parameters),
    )


def extend(
    settings: Settings,
    components: Catalogue,
    login: Login,
    stack: Stack,
    attributes: Mapping[str, str],
) -> None:
    """Let the cluster live for another while, from now on.

    Raises:
        InvalidRequest: no time was given, or none that is allowed.
        Conflict: the cluster has no end, or is in no state to be told.
    """
    ttl = _wanted(components, attributes)
    end = End.read(stack.parameters)
    if end is None:
        raise Conflict(
            "The cluster was created without a time to live; there is nothing to extend.",
            hint="It lives until it is deleted.",
        )
    if not stack.status.endswith("_COMPLETE") or stack.status == "SUSPEND_COMPLETE":
        raise Conflict(
            f"The cluster is {stack.status}; it can be extended when it is complete.",
            hint="Resume a suspended cluster first. Of one that failed keep the evidence"
            " (DELETE with ?evidence=true).",
        )
    at = int(time.time()) + ttl
    keys = [key for key in settings.key_secrets if fingerprint(key) == end.key]
    credential = None
    endings = Endings(login)
    if end.credential and keys:
        secret = _secret(keys[0], login, stack.cluster_id)
        credential = endings.prepare(stack.cluster_id, secret, at)
    kept = {**stack.attributes, TTL: str(ttl)}
    Stacks(login).change(
        stack,
        {
            END: str(End(at, credential or end.credential, end.key)),
            ATTRIBUTES_PARAMETER: as_parameter(kept),
        },
    )
    if credential:
        endings.remove([stack.cluster_id], but=credential)


def as_parameter(attributes: Mapping[str, str]) -> str:
    """The OCCI attributes as they travel in the stack."""
    return json.dumps(dict(sorted(attributes.items())), ensure_ascii=False)


def _secret(key: bytes, login: Login, cluster_id: str) -> str:
    return derive_password(key, "heat.ending", login.project_id, cluster_id, SECRET_LENGTH)


def _wanted(components: Catalogue, attributes: Mapping[str, str]) -> int:
    prop = components["heat"].properties["ttl"]
    text = attributes.get(TTL, "").strip()
    try:
        if not text:
            raise ValueError("is missing")
        return int(str(parse_value(prop, text)))
    except ValueError as error:
        raise InvalidRequest.of(
            [Fault(TTL, str(error), describe_allowed(prop), "bad-value")]
        ) from None
