"""The forms that answers of the cloud's services have, as far as DISCO reads them.

A proxy, a plug-in or another release may answer with something else. What has another form is
refused where it is read, with the member that is wrong, and not used as if it were right.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import Any

from disco.openstack.retrying_session import NotUnderstood

#: members by name; a tuple of types, of which None says that the member may be missing
Form = Mapping[str, tuple[type, ...]]
TEXT, NUMBER, LIST, OBJECT = (str,), (int,), (list,), (dict,)
MAY_TEXT, MAY_NUMBER, MAY_LIST = (str, NoneType), (int, NoneType), (list, NoneType)
MAY_OBJECT = (dict, NoneType)

_NAMED: Form = {"id": TEXT, "name": MAY_TEXT}
STACK: Form = {
    "id": TEXT,
    "stack_name": TEXT,
    "stack_status": TEXT,
    "stack_status_reason": MAY_TEXT,
    "creation_time": MAY_TEXT,
    "updated_time": MAY_TEXT,
    "tags": MAY_LIST,
    "outputs": MAY_LIST,
    "parameters": MAY_OBJECT,
}
#: entries of lists, by the name of the list
ENTRIES: Mapping[str, Form] = {
    "credentials": {"id": TEXT, "blob": TEXT, "project_id": MAY_TEXT},
    "flavors": {
        "id": TEXT,
        "name": TEXT,
        "ram": NUMBER,
        "vcpus": NUMBER,
        "disk": NUMBER,
        "extra_specs": MAY_OBJECT,
    },
    "images": {
        **_NAMED,
        "status": MAY_TEXT,
        "size": MAY_NUMBER,
        "virtual_size": MAY_NUMBER,
        "min_disk": MAY_NUMBER,
        "min_ram": MAY_NUMBER,
    },
    "networks": {**_NAMED, "project_id": MAY_TEXT, "tenant_id": MAY_TEXT},
    "subnets": {
        **_NAMED,
        "cidr": TEXT,
        "ip_version": NUMBER,
        "gateway_ip": MAY_TEXT,
        "allocation_pools": MAY_LIST,
    },
    "ports": {
        "id": MAY_TEXT,
        "device_id": MAY_TEXT,
        "device_owner": MAY_TEXT,
        "network_id": MAY_TEXT,
        "fixed_ips": MAY_LIST,
        "security_groups": MAY_LIST,
    },
    "routers": {"id": TEXT, "external_gateway_info": MAY_OBJECT},
    "floatingips": {"id": MAY_TEXT, "port_id": MAY_TEXT, "floating_ip_address": MAY_TEXT},
    "volume_types": {"id": TEXT, "name": TEXT},
    "snapshots": {"id": TEXT, "name": MAY_TEXT, "volume_id": MAY_TEXT},
    "keypairs": {"keypair": OBJECT},
    "stacks": STACK,
    "application_credentials": {"id": TEXT, "name": TEXT, "access_rules": MAY_LIST},
}
KEY_PAIR: Form = {"name": TEXT, "fingerprint": MAY_TEXT}
RESOURCE: Form = {
    "resource_name": TEXT,
    "resource_type": TEXT,
    "resource_status": TEXT,
    "physical_resource_id": MAY_TEXT,
    "updated_time": MAY_TEXT,
    "resource_status_reason": MAY_TEXT,
}
EVENT: Form = {
    "id": TEXT,
    "event_time": TEXT,
    "resource_name": TEXT,
    "resource_status": TEXT,
    "resource_status_reason": MAY_TEXT,
}
_TOKEN: Form = {"project_id": MAY_TEXT, "user_id": TEXT}
_SERVICE: Form = {"type": TEXT, "endpoints": LIST}
_ENDPOINT: Form = {"url": TEXT, "interface": TEXT}
_WORDS = {str: "text", int: "a number", list: "a list", dict: "an object"}


def read_object(value: object, form: Form, called: str) -> dict[str, Any]:
    """An object of this form; ``called`` is what people call it.

    Raises:
        NotUnderstood: it is something else.
    """
    if not isinstance(value, dict):
        raise NotUnderstood(f"{called} is not an object")
    for name, types in form.items():
        member = value.get(name)
        if not isinstance(member, types) or isinstance(member, bool):
            raise NotUnderstood(f"{called}.{name} is not {_WORDS[types[0]]}")
    return value


def read_entries(answer: object, key: str) -> list[dict[str, Any]]:
    """The entries of a list in an answer, each of the form that it must have.

    Raises:
        NotUnderstood: there is no such list, or an entry is something else.
    """
    entries = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(entries, list):
        raise NotUnderstood(f"{key} is not a list")
    form = ENTRIES.get(key, {})
    return [read_object(entry, form, f"{key}[{at}]") for at, entry in enumerate(entries)]


def check_access(access: Any) -> Any:
    """What Keystone said of a token, if it can be read wherever it is used.

    Raises:
        NotUnderstood: a part of it is something else.
    """
    told = {name: getattr(access, name) for name in _TOKEN}
    read_object(told, _TOKEN, "token")
    if not all(isinstance(name, str) for name in access.role_names or ()):
        raise NotUnderstood("token.roles is not a list of names")
    if access.has_service_catalog():
        for service in access.service_catalog.catalog:
            read_object(service, _SERVICE, "token.catalog")
            for endpoint in service["endpoints"]:
                read_object(endpoint, _ENDPOINT, "token.catalog.endpoints")
    return access
