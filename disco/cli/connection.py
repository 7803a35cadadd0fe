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

    from disco.client import Client, Cluster

#: characters of an id that are enough
SHORTEST = 4
INTERFACES = ("public", "internal", "admin")
#: what Python makes of bytes that are not UTF-8
_HALF = re.compile("[\ud800-\udfff]")
#: characters of a foreign sentence
MAX_TEXT = 500
#: option, metavar and help, with the names that all OpenStack tools use
OPTIONS = (
    ("--os-cloud", "NAME", "a cloud of clouds.yaml (OS_CLOUD)"),
    (
        "--os-auth-type",
        "TYPE",
        "type of the credentials, such as v3applicationcredential (OS_AUTH_TYPE)",
    ),
    ("--os-auth-url", "URL", "Keystone's address (OS_AUTH_URL)"),
    ("--os-username", "NAME", "user name (OS_USERNAME)"),
    (
        "--os-password",
        "PASSWORD",
        "password; other users can see it in ps, so OS_PASSWORD is safer",
    ),
    ("--os-user-domain-name", "NAME", "domain of the user (OS_USER_DOMAIN_NAME)"),
    ("--os-user-domain-id", "ID", "domain of the user (OS_USER_DOMAIN_ID)"),
    ("--os-project-name", "NAME", "project name (OS_PROJECT_NAME)"),
    ("--os-project-id", "ID", "project id (OS_PROJECT_ID)"),
    ("--os-project-domain-name", "NAME", "domain of the project (OS_PROJECT_DOMAIN_NAME)"),
    ("--os-project-domain-id", "ID", "domain of the project (OS_PROJECT_DOMAIN_ID)"),
    ("--os-token", "TOKEN", "token, with --os-auth-type v3token (OS_TOKEN)"),
    (
        "--os-application-credential-id",
        "ID",
        "application credential (OS_APPLICATION_CREDENTIAL_ID)",
    ),
    (
        "--os-application-credential-name",
        "NAME",
        "its name, with the user (OS_APPLICATION_CREDENTIAL_NAME)",
    ),
    (
        "--os-application-credential-secret",
        "SECRET",
        "its secret (OS_APPLICATION_CREDENTIAL_SECRET)",
    ),
    ("--os-region-name", "NAME", "region (OS_REGION_NAME)"),
    (
        "--os-interface",
        "WORD",
        "endpoint of DISCO in the catalogue: public, internal or admin (OS_INTERFACE)",
    ),
    ("--os-cacert", "FILE", "file of certificates to trust (OS_CACERT)"),
)


def add_options(parser: argparse.ArgumentParser, shown: bool) -> None:
    """Add the options for the service and credentials, before or after the command."""
    where = parser.add_argument_group("service and credentials") if shown else parser
    quiet = argparse.SUPPRESS

    def text(words: str) -> str:
        return words if shown else quiet

    where.add_argument(
        "--endpoint",
        metavar="URL",
        default=quiet,
        help=text("address of DISCO (DISCO; default: Keystone's catalogue, else this machine)"),
    )
    for option, metavar, words in OPTIONS:
        where.add_argument(option, metavar=metavar, default=quiet, help=text(words))
    where.add_argument(
        "--insecure",
        action="store_true",
        default=quiet,
        help=text("do not check certificates (OS_INSECURE)"),
    )


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


def find_cluster(client: Client, text: str) -> Cluster:
    """The cluster with this id, or the only one whose id begins with ``text``.

    Raises:
        CommandError: no cluster matches, or more than one.
    """
    return client.get(find_id(client, text))


def find_id(client: Client, text: str) -> str:
    """The id that this is, or the only one that begins with it; raises as ``find_cluster``."""
    import uuid

    try:
        return str(uuid.UUID(text))
    except ValueError:
        pass
    ids = [c.id for c in client.list() if len(text) >= SHORTEST and c.id.startswith(text.lower())]
    if not ids:
        raise CommandError(
            f'Unknown cluster "{text}".',
            Status.NOT_FOUND,
            f"Use an id that disco list shows, or at least its first {SHORTEST} characters.",
        )
    if len(ids) > 1:
        raise CommandError(
            f'"{text}" matches several clusters: {", ".join(ids)}.',
            Status.USAGE,
            "Use more characters of the id.",
        )
    return ids[0]
