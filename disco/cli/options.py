"""The options of all commands: the service, and credentials as every OpenStack tool has them."""

from __future__ import annotations

import argparse

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


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for the service and credentials."""
    where = parser.add_argument_group("service and credentials")
    where.add_argument(
        "--endpoint",
        metavar="URL",
        help="address of DISCO (DISCO; default: Keystone's catalogue, else this machine)",
    )
    for option, metavar, words in OPTIONS:
        where.add_argument(option, metavar=metavar, default=argparse.SUPPRESS, help=words)
    where.add_argument(
        "--insecure",
        action="store_true",
        default=argparse.SUPPRESS,
        help="do not check certificates (OS_INSECURE)",
    )
