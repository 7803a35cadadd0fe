"""The ``openrc`` file that the embedded cloud writes, as a session."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from keystoneauth1 import session
from keystoneauth1.identity import v3


def read_openrc(path: Path) -> dict[str, str]:
    """The variables that the file exports; it is read, not run."""
    variables = {}
    for word in shlex.split(path.read_text(), comments=True):
        name, separator, value = word.partition("=")
        if separator and name.startswith("OS_"):
            variables[name] = value
    return variables


def open_session(path: Path) -> Any:
    """A session of the user the file is for."""
    rc = read_openrc(path)
    auth = v3.Password(
        rc["OS_AUTH_URL"],
        username=rc["OS_USERNAME"],
        password=rc["OS_PASSWORD"],
        project_name=rc["OS_PROJECT_NAME"],
        user_domain_name=rc.get("OS_USER_DOMAIN_NAME", "Default"),
        project_domain_name=rc.get("OS_PROJECT_DOMAIN_NAME", "Default"),
    )
    return session.Session(auth=auth)
