"""A cluster's expiration: requested at its creation, changed by the action ``extend``."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from disco.attributes import TTL, WARNINGS, stored_parameters
from disco.clusters.end_tag import with_end_tag
from disco.clusters.plan import ClusterPlan
from disco.components.loader import Catalogue
from disco.components.values import describe_allowed, parse_value
from disco.config import Settings
from disco.derived_secrets import derive_password, fingerprint
from disco.errors import (
    CloudTimeout,
    CloudUnavailable,
    Conflict,
    DiscoError,
    Fault,
    InvalidRequest,
)
from disco.heat.stacks import Stack, Stacks
from disco.openstack.delete_credential import (
    END,
    IDLE_ONLY_S,
    SECRET,
    SECRET_LENGTH,
    DeleteCredentials,
    End,
    Prepared,
)
from disco.openstack.delete_trial import DeleteTrial
from disco.openstack.session import Login
from disco.openstack.side_by_side import Begun
from disco.spec import stack_name

LOG = logging.getLogger(__name__)

_POWER_OFF = (
    ": when its time is over the cluster's nodes power off, and what it takes of the quotas stays"
    " until you delete it, or disco operate does"
)
NO_CREDENTIAL = f"this cloud does not give you an application credential{_POWER_OFF}"
NOT_TAKEN = (
    f"this cloud's Heat does not accept application credentials with access rules{_POWER_OFF}"
)
NOT_DELETED = (
    "this cloud's other services refuse what Heat asks of them with such an application credential"
    f"{_POWER_OFF}"
)
_TRIAL = DeleteTrial()


def with_end(
    settings: Settings, login: Login, plan: ClusterPlan
) -> tuple[ClusterPlan, Prepared | None]:
    """The plan with the time of its end, and the credential for it, which is created here.

    A credential that an interrupted create left is used again, also if its secret follows
    from an older key.

    Raises:
        CloudError: and its relatives, when Keystone fails.
    """
    spec = plan.spec
    now = int(time.time())
    at = now + spec.ttl_s if spec.ttl_s else 0
    until = at or now + IDLE_ONLY_S
    key: bytes | None = settings.key_secrets[0]
    newest = _secret(settings.key_secrets[0], login, spec.id)
    credentials = DeleteCredentials(login)
    prepared = credentials.prepare(spec.id, newest, until)
    warning = "" if prepared else NO_CREDENTIAL
    if prepared:
        key = _taken(settings, credentials, login, spec.id, prepared)
        if key is None and not prepared.made:
            prepared = credentials.prepare(spec.id, newest, until, use_again=False)
            if prepared:
                key = _taken(settings, credentials, login, spec.id, prepared)
        if key is None:
            warning = NOT_TAKEN
        elif not _TRIAL.passes(login):
            warning = NOT_DELETED
        if warning:
            credentials.remove_made(prepared)
            prepared = None
    key = key or settings.key_secrets[0]
    end = End(at, prepared.id if prepared else None, fingerprint(key))
    attributes = dict(spec.attributes)
    if warning:
        known = attributes.get(WARNINGS)
        attributes[WARNINGS] = f"{known}; {warning}" if known else warning
    parameters = {
        **plan.rendered.parameters,
        **stored_parameters(attributes, apart=True),
        END: str(end),
        SECRET: _secret(key, login, spec.id) if prepared else "",
    }
    ending = replace(
        plan,
        spec=replace(spec, attributes=attributes),
        rendered=replace(
            plan.rendered, parameters=parameters, tags=with_end_tag(plan.rendered.tags, end)
        ),
    )
    return ending, prepared


def _taken(
    settings: Settings,
    credentials: DeleteCredentials,
    login: Login,
    cluster_id: str,
    prepared: Prepared,
) -> bytes | None:
    """The key that the credential's secret follows from, if Heat takes the credential."""
    for key in settings.key_secrets[:1] if prepared.made else settings.key_secrets:
        if credentials.taken_by_heat(prepared.id, _secret(key, login, cluster_id), cluster_id):
            return key
    return None


def undo_end(login: Login, cluster_id: str, prepared: Prepared | None, error: DiscoError) -> None:
    """After a create that Heat refused: remove the credential if that create made it.

    It stays where it is not known whether Heat has the stack, and where the stack that is
    there uses it.
    """
    if prepared is None or isinstance(error, CloudTimeout | CloudUnavailable):
        return
    if isinstance(error, Conflict):
        try:
            there = End.read(Stacks(login).get(stack_name(cluster_id)).parameters)
        except DiscoError as unknown:
            LOG.info("a credential of %s is left to expire: %s", cluster_id, unknown.message)
            return
        if there is not None and there.credential == prepared.id:
            return
    DeleteCredentials(login).remove_made(prepared)


def extend(
    settings: Settings,
    components: Catalogue,
    login: Login,
    stack: Stack,
    attributes: Mapping[str, str],
    credentials: DeleteCredentials | None = None,
) -> Begun[None] | None:
    """Set the cluster's time to live anew, from now on.

    ``credentials`` may have begun to ask which there are. What is done last, and needs nobody
    to wait for it, is given back: the removal of those before.

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
    prepared = None
    credentials = credentials or DeleteCredentials(login)
    if end.credential and keys:
        secret = _secret(keys[0], login, stack.cluster_id)
        prepared = credentials.prepare(stack.cluster_id, secret, at)
    kept = {**stack.attributes, TTL: str(ttl)}
    later = End(at, prepared.id if prepared else end.credential, end.key)
    parameters = {END: str(later), **stored_parameters(kept, stack.keeps_notes_apart)}
    try:
        Stacks(login).change(stack, parameters, with_end_tag(stack.tags, later))
    except (CloudTimeout, CloudUnavailable):
        raise
    except DiscoError:
        credentials.remove_made(prepared)
        raise
    if prepared is None:
        return None
    return Begun(partial(credentials.remove, [stack.cluster_id], but=prepared.id))


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
