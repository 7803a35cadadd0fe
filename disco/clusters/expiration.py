"""A cluster's expiration: requested at its creation, changed by the action ``extend``."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace

from disco.attributes import TTL, WARNINGS, stored_parameters
from disco.clusters.plan import ClusterPlan
from disco.components.loader import Catalogue
from disco.components.values import describe_allowed, parse_value
from disco.config import Settings
from disco.derived_secrets import derive_password, fingerprint
from disco.errors import Conflict, Fault, InvalidRequest
from disco.heat.stacks import Stack, Stacks
from disco.openstack.delete_credential import (
    END,
    IDLE_ONLY_S,
    SECRET,
    SECRET_LENGTH,
    DeleteCredentials,
    End,
)
from disco.openstack.session import Login

LOG = logging.getLogger(__name__)

_POWER_OFF = (
    ": when its time is over the cluster's nodes power off, and what it takes of the quotas stays"
    " until you delete it"
)
NO_CREDENTIAL = f"this cloud does not give you an application credential{_POWER_OFF}"
NOT_TAKEN = (
    f"this cloud's Heat does not accept application credentials with access rules{_POWER_OFF}"
)


def with_end(settings: Settings, login: Login, plan: ClusterPlan) -> ClusterPlan:
    """The plan with the time of its end and the credential for it, which is created here.

    Raises:
        CloudError: and its relatives, when Keystone fails.
    """
    spec = plan.spec
    now = int(time.time())
    at = now + spec.ttl_s if spec.ttl_s else 0
    key = settings.key_secrets[0]
    secret = _secret(key, login, spec.id)
    credentials = DeleteCredentials(login)
    credential = credentials.prepare(spec.id, secret, at or now + IDLE_ONLY_S)
    warning = "" if credential else NO_CREDENTIAL
    if credential and not credentials.taken_by_heat(credential, secret, spec.id):
        credentials.remove([spec.id])
        credential, warning = None, NOT_TAKEN
    attributes = dict(spec.attributes)
    if warning:
        known = attributes.get(WARNINGS)
        attributes[WARNINGS] = f"{known}; {warning}" if known else warning
    parameters = {
        **plan.rendered.parameters,
        **stored_parameters(attributes, apart=True),
        END: str(End(at, credential, fingerprint(key))),
        SECRET: secret if credential else "",
    }
    return replace(
        plan,
        spec=replace(spec, attributes=attributes),
        rendered=replace(plan.rendered, parameters=parameters),
    )


def extend(
    settings: Settings,
    components: Catalogue,
    login: Login,
    stack: Stack,
    attributes: Mapping[str, str],
) -> None:
    """Set the cluster's time to live anew, from now on.

    Raises:
        InvalidRequest: no duration was given, or one that is not allowed.
        Conflict: the cluster was created without a time to live.
    """
    ttl = _wanted(components, attributes)
    end = End.read(stack.parameters)
    if end is None:
        raise Conflict(
            "The cluster was created without a time to live; it cannot be extended.",
            hint="It lives until it is deleted.",
        )
    at = int(time.time()) + ttl
    keys = [key for key in settings.key_secrets if fingerprint(key) == end.key]
    credential = None
    credentials = DeleteCredentials(login)
    if end.credential and keys:
        secret = _secret(keys[0], login, stack.cluster_id)
        credential = credentials.prepare(stack.cluster_id, secret, at)
    kept = {**stack.attributes, TTL: str(ttl)}
    Stacks(login).change(
        stack,
        {
            END: str(End(at, credential or end.credential, end.key)),
            **stored_parameters(kept, stack.keeps_notes_apart),
        },
    )
    if credential:
        credentials.remove([stack.cluster_id], but=credential)


def _secret(key: bytes, login: Login, cluster_id: str) -> str:
    return derive_password(key, "heat.ending", login.project_id, cluster_id, SECRET_LENGTH)


def _wanted(components: Catalogue, attributes: Mapping[str, str]) -> int:
    prop = components["heat"].properties["ttl"]
    text = attributes.get(TTL, "").strip()
    try:
        if not text:
            raise ValueError("missing")
        return int(str(parse_value(prop, text)))
    except ValueError as error:
        raise InvalidRequest.of(
            [Fault(TTL, str(error), describe_allowed(prop), "bad-value")]
        ) from None
