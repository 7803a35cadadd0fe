"""Credentials as every OpenStack tool takes them, the client for them, and its clusters."""

from __future__ import annotations

import argparse
import getpass
import logging
import os
import re
import sys
from typing import TYPE_CHECKING

from disco.cli.exit_status import CommandError, Status

if TYPE_CHECKING:
    from keystoneauth1.session import Session

    from disco.client import Client

INTERFACES = ("public", "internal", "admin")
#: what Python makes of bytes that are not UTF-8
_HALF = re.compile("[\ud800-\udfff]")
#: characters of a foreign sentence
MAX_TEXT = 500


def connect(args: argparse.Namespace) -> Client:
    """A client with the given credentials; nothing is sent yet.

    Raises:
        CommandError: the credentials are incomplete.
    """
    from disco.client import Client

    session, region, interface = open_session(args)
    return Client(session, getattr(args, "endpoint", None), region, interface=interface)


def open_session(args: argparse.Namespace) -> tuple[Session, str | None, str]:
    """A session with the given credentials, their region and interface; nothing is sent yet.

    Raises:
        CommandError: the credentials are incomplete.
    """
    # takes a second to import: not for --help and completion
    from openstack.config import OpenStackConfig

    from disco.client.session_errors import SOURCE_HINT

    _check_text()
    # its warnings are on what this command says in its own words
    for library in ("keystoneauth", "openstack"):
        logging.getLogger(library).addHandler(logging.NullHandler())
    given = {k: v for k, v in vars(args).items() if k.startswith("os_")}
    if getattr(args, "insecure", False):
        given["insecure"] = True
    try:
        config = OpenStackConfig(app_name="disco", pw_func=_ask if sys.stdin.isatty() else None)
        region = config.get_one(argparse=argparse.Namespace(**given))
        session = region.get_session()
        name, interface = region.config["region_name"], region.get_interface()
    except (KeyboardInterrupt, EOFError):
        raise
    except Exception as error:  # openstacksdk, its plug-ins and its readers of files raise any
        raise CommandError(
            f"The OpenStack credentials cannot be used: {_words(error)}.",
            Status.CREDENTIALS,
            SOURCE_HINT,
        ) from error
    interface = str(interface).removesuffix("URL")  # as older tools write it
    if interface not in INTERFACES:
        raise CommandError(
            f'Unknown interface "{interface}".',
            Status.CREDENTIALS,
            f"OS_INTERFACE or --os-interface is one of {', '.join(INTERFACES)}.",
        )
    return session, name or None, interface


def _check_text() -> None:
    """Refuse variables that are no text: their bytes would reach Keystone as something else."""
    for name, value in os.environ.items():
        if not name.startswith("OS_"):
            continue
        if not value.isprintable() and (_HALF.search(value) or name == "OS_REGION_NAME"):
            raise CommandError(
                f"{name} is not text in UTF-8 on one line.",
                Status.CREDENTIALS,
                "Set it again in a terminal that uses UTF-8.",
            )


def _words(error: Exception) -> str:
    """What is wrong, on a line; a library's sentence only if it is meant for people."""
    from keystoneauth1 import exceptions
    from openstack import exceptions as sdk_exceptions

    from disco.client.session_errors import missing_variables

    if missing := missing_variables(error):
        return f"{missing} is missing"
    text = " ".join(str(error).split())[:MAX_TEXT].rstrip(".")
    if unexpected := re.search(r"unexpected keyword argument '(\w+)'", text):
        name = f"OS_{unexpected[1].upper()}"
        return f"{name} does not go with the others that are set (see OS_AUTH_TYPE); unset it"
    if isinstance(error, exceptions.ClientException | sdk_exceptions.SDKException) and text:
        return text
    mark = getattr(error, "problem_mark", None)  # of YAML's errors
    place = f" (line {mark.line + 1})" if mark is not None else ""
    return f"clouds.yaml{place}, or an OS_* variable, cannot be read"


def _ask(prompt: str | None = None) -> str:
    return getpass.getpass(prompt or "Password: ")
