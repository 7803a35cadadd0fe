"""Who asks: credentials as every OpenStack tool takes them, and the client for them."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import TYPE_CHECKING

from disco.cli.exit_status import CommandError, Status

if TYPE_CHECKING:
    from disco.client import Client, Cluster

#: option and what it is; the words are those of other OpenStack tools
OPTIONS = (
    ("--os-cloud", "NAME", "cloud of a clouds.yaml (OS_CLOUD)"),
    ("--os-auth-type", "TYPE", "how to log in, as v3applicationcredential (OS_AUTH_TYPE)"),
    ("--os-auth-url", "URL", "Keystone's address (OS_AUTH_URL)"),
    ("--os-username", "NAME", "user (OS_USERNAME)"),
    ("--os-password", "PASSWORD", "password; others see it in ps, OS_PASSWORD they do not"),
    ("--os-user-domain-name", "NAME", "the user's domain (OS_USER_DOMAIN_NAME)"),
    ("--os-user-domain-id", "ID", "the user's domain (OS_USER_DOMAIN_ID)"),
    ("--os-project-name", "NAME", "project (OS_PROJECT_NAME)"),
    ("--os-project-id", "ID", "project (OS_PROJECT_ID)"),
    ("--os-project-domain-name", "NAME", "the project's domain (OS_PROJECT_DOMAIN_NAME)"),
    ("--os-project-domain-id", "ID", "the project's domain (OS_PROJECT_DOMAIN_ID)"),
    ("--os-token", "TOKEN", "a token, with --os-auth-type v3token (OS_TOKEN)"),
    ("--os-application-credential-id", "ID", "(OS_APPLICATION_CREDENTIAL_ID)"),
    ("--os-application-credential-name", "NAME", "(OS_APPLICATION_CREDENTIAL_NAME)"),
    ("--os-application-credential-secret", "SECRET", "(OS_APPLICATION_CREDENTIAL_SECRET)"),
    ("--os-region-name", "NAME", "region (OS_REGION_NAME)"),
    ("--os-cacert", "FILE", "certificates to trust (OS_CACERT)"),
)


def add_options(parser: argparse.ArgumentParser, shown: bool) -> None:
    """The options of credentials and endpoint; they may stand before and after the command."""
    where = parser.add_argument_group("service and credentials") if shown else parser
    quiet = argparse.SUPPRESS

    def text(words: str) -> str:
        return words if shown else quiet

    where.add_argument(
        "--endpoint",
        metavar="URL",
        default=quiet,
        help=text("the DISCO service (DISCO); else Keystone's catalogue's, else this machine's"),
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
    """The client for the given credentials; nothing is sent yet.

    Raises:
        CommandError: the credentials are not complete.
    """
    # both take a second to import: not for --help and completion
    from keystoneauth1 import exceptions
    from openstack import exceptions as sdk_exceptions
    from openstack.config import OpenStackConfig

    from disco.client import Client

    given = {k: v for k, v in vars(args).items() if k.startswith("os_")}
    if getattr(args, "insecure", False):
        given["insecure"] = True
    try:
        config = OpenStackConfig(app_name="disco", pw_func=_ask if sys.stdin.isatty() else None)
        region = config.get_one(argparse=argparse.Namespace(**given))
        session = region.get_session()
    except (exceptions.ClientException, sdk_exceptions.SDKException) as error:
        raise CommandError(
            f"The credentials are not complete: {error}",
            Status.CREDENTIALS,
            "Source an openrc, choose a cloud of clouds.yaml with --os-cloud, or give --os-*.",
        ) from error
    return Client(session, getattr(args, "endpoint", None), region.config["region_name"] or None)


def _ask(prompt: str | None = None) -> str:
    return getpass.getpass(prompt or "Password: ")


def find(client: Client, text: str) -> Cluster:
    """The cluster with this id, or whose id alone begins so.

    Raises:
        CommandError: there is none, or more than one.
    """
    import uuid

    try:
        uuid.UUID(text)
    except ValueError:
        pass
    else:
        return client.get(text)
    return client.get(find_id(client, text))


def find_id(client: Client, text: str) -> str:
    """The id that begins with ``text``; errors as of ``find``."""
    found = [c.id for c in client.list() if len(text) >= 4 and c.id.startswith(text.lower())]
    if not found:
        raise CommandError(
            f"There is no cluster {text}.",
            Status.NOT_FOUND,
            "disco list shows those there are; the first four characters of an id will do.",
        )
    if len(found) > 1:
        raise CommandError(
            f"{text} may be any of {', '.join(found)}.", Status.USAGE, "Give more of the id."
        )
    return found[0]
