"""A cluster's place in an object store: found and looked at before there is a cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from disco.attributes import STORAGE, STORAGE_KEY
from disco.components.install_plan import InstallPlan
from disco.components.properties import CheckedProperties
from disco.errors import DiscoError, Fault, InvalidRequest
from disco.object_storage import (
    PYTHON,
    access_key,
    is_address,
    node_environment,
    parse_place,
)
from disco.openstack.object_store import StorageKeys, check_bucket, check_writing, find_s3
from disco.openstack.session import Login
from disco.spec import ClusterSpec
from disco.untrusted import one_line
from disco.url_passwords import mask_passwords

#: the component with the properties, and the one with variables and Python packages of users
COMPONENT, PACKAGES = "objectstore", "packages"
_BUCKETS = "a bucket of the project; openstack container create NAME makes one"

Values = Mapping[str, Mapping[str, object]]


def with_storage(
    login: Login,
    checked: CheckedProperties,
    install: InstallPlan | None,
    cluster_id: str,
    for_nodes: Callable[[str], str],
) -> tuple[CheckedProperties, list[Fault]]:
    """The properties with where the object store is and what nodes need to use it.

    Args:
        login: whose catalogue is asked.
        checked: the request's properties.
        install: what is installed; None where that is unknown.
        cluster_id: which the key follows from.
        for_nodes: makes an address of the catalogue one that nodes reach.

    Returns:
        The properties, and what is wrong with the place.

    Raises:
        CloudError: and its relatives, when a service fails.
    """
    own = checked.values.get(COMPONENT, {})
    location = own.get("location")
    if not location or install is None or COMPONENT not in install.components:
        return checked, []
    place, faults = parse_place(str(location)), []
    key = str(own.get("accesskey") or "")
    if bool(key) != ("secretkey" in checked.secrets.get(COMPONENT, {})):
        message = "an access key and its secret belong together"
        faults.append(Fault(STORAGE_KEY, message, "both or none", "bad-value"))
    endpoint = str(own.get("endpoint") or "").rstrip("/")
    if not endpoint:
        endpoint = for_nodes(find_s3(login) or "")
    if not is_address(endpoint):
        message = "this cloud has no object store"
        if endpoint:
            odd = one_line(mask_passwords(endpoint), 200)
            message = f"this cloud's catalogue says that its object store is at {odd!r}"
        allowed = "with the endpoint, accesskey and secretkey of another store, or without it"
        faults.append(Fault(STORAGE, message, allowed, "no-object-store"))
    elif not key and (problem := check_bucket(login, place.bucket)):
        faults.append(Fault(STORAGE, problem, _BUCKETS, "no-bucket"))
    found = {
        **{"location": str(place), "endpoint": endpoint},
        "accesskey": key or access_key(cluster_id),
    }
    variables = node_environment(endpoint)
    values = {
        **checked.values,
        COMPONENT: {**own, **found},
        PACKAGES: _with_packages(checked.values.get(PACKAGES, {}), variables),
    }
    return replace(checked, values=values), faults


def _with_packages(
    asked: Mapping[str, object], variables: Mapping[str, str]
) -> Mapping[str, object]:
    """What users want beside the frameworks, and what speaks S3; what they say goes before."""
    given = asked.get("environment")
    pip = [str(asked["pip"])] if asked.get("pip") else []
    return {
        **asked,
        "environment": {**variables, **(given if isinstance(given, Mapping) else {})},
        "pip": ", ".join([*pip, *PYTHON]),
    }


def has_made_key(spec: ClusterSpec) -> bool:
    """Whether the cluster's key for the object store is one that DISCO makes."""
    return spec.properties.get(COMPONENT, {}).get("accesskey") == access_key(spec.id)


def make_key(login: Login, spec: ClusterSpec) -> None:
    """Make the cluster's key, after a trial whether the caller may write to its place.

    Raises:
        InvalidRequest: nothing can be written there, or Keystone gives the caller no key.
        CloudError: and its relatives, when a service fails.
    """
    place = parse_place(str(spec.properties[COMPONENT]["location"]))
    if problem := check_writing(login, place, spec.id):
        raise InvalidRequest.of([Fault(STORAGE, problem, _BUCKETS, "no-bucket")])
    try:
        StorageKeys(login).make(spec.id, spec.secrets[COMPONENT]["secretkey"])
    except DiscoError as error:
        if error.status not in (403, 404):
            raise
        message = f"Keystone makes no key of S3 for you ({error.message})"
        allowed = "with an accesskey and secretkey of yours"
        raise InvalidRequest.of([Fault(STORAGE, message, allowed, "no-storage-key")]) from error
