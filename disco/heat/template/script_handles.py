"""The resources from which nodes read what their user data has no room for.

Each is a handle with a token of its own, which Keystone forgets after hours or days. So servers
that are made later get one that is made with them, and has the same script.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Collection
from typing import Any

from disco.heat.template.script_layout import SCRIPTS_PLACE

_PREFIX = "scripts_"
_TYPE = "OS::Heat::WaitConditionHandle"
#: a handle of the create, and of a later change
_HANDLE = re.compile(rf"({_PREFIX}[a-z0-9-]+?)(?:_[0-9]{{1,9}})?")


def scripts_resource(script: str) -> str:
    """The handle that has the rest of a script, by the script's name."""
    return f"{_PREFIX}{script}"


def is_scripts_resource(name: str, resource: dict[str, Any]) -> bool:
    """Whether a resource is such a handle, and not one that only has a name like it."""
    return _HANDLE.fullmatch(name) is not None and resource.get("type") == _TYPE


def give_new_tokens(resources: dict[str, Any], servers: Collection[str], change: int) -> None:
    """Have servers that are about to be made read with tokens that are made then.

    Args:
        resources: a template's, which are changed.
        servers: those resources; what all of it is in user data of needs nothing.
        change: the number of this change of the stack.
    """
    for server in sorted(servers):
        params = resources[server]["properties"]["user_data"]["str_replace"]["params"]
        match params.get(SCRIPTS_PLACE):
            case {"get_attr": [str(before), *attribute]} if match := _HANDLE.fullmatch(before):
                fresh = f"{match[1]}_{change}"
                resources.setdefault(fresh, copy.deepcopy(resources[before]))
                params[SCRIPTS_PLACE] = {"get_attr": [fresh, *attribute]}
