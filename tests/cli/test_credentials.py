"""Credentials and the service's address come from where OpenStack's tools take them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from keystoneclient.v3 import client as keystone_client

from disco.embedded.cloud import EmbeddedCloud
from tests.support.cloud import session_of
from tests.support.shell import SMALL, Shell

KIND = "http://schemas.cloudcomplab.ch/occi/sm#disco"


@pytest.fixture
def bare(shell: Shell) -> Shell:
    """A shell without any OS_* variable."""
    env = {k: v for k, v in shell.env.items() if not k.startswith("OS_")}
    return Shell(env, shell.cwd)


def cloud_of(env: dict[str, str]) -> dict[str, Any]:
    names = ("auth_url", "username", "password", "project_name")
    auth = {name: env[f"OS_{name.upper()}"] for name in names}
    domains = {"user_domain_name": "Default", "project_domain_name": "Default"}
    return {"auth": {**auth, **domains}, "region_name": env["OS_REGION_NAME"]}


def test_clouds_yaml(shell: Shell, bare: Shell, cluster: str) -> None:
    # in processes of their own: where files are is decided when openstack.config is imported
    one = cloud_of(shell.env)
    other = {**one, "auth": {**one["auth"], "password": "wrong"}}
    file = bare.cwd / "clouds.yaml"
    file.write_text(yaml.safe_dump({"clouds": {"mine": one, "broken": other}}))
    for words in (["list", "--os-cloud", "mine"], ["--os-cloud", "mine", "list"]):
        assert cluster in bare.run(*words, "-q").out
    assert cluster in bare.run("list", "-q", OS_CLOUD="mine").out
    assert bare.run("list", OS_CLOUD="broken").status == 4
    file.unlink()
    folder = Path(bare.env["HOME"]) / ".config" / "openstack"
    folder.mkdir(parents=True)
    (folder / "clouds.yaml").write_text(yaml.safe_dump({"clouds": {"mine": one}}))
    assert cluster in bare.run("list", "-q", OS_CLOUD="mine").out


def test_options(shell: Shell, bare: Shell, cluster: str) -> None:
    options = [
        word
        for name, value in shell.env.items()
        if name.startswith("OS_")
        for word in (f"--{name.lower().replace('_', '-')}", value)
    ]
    assert cluster in bare.call("list", "-q", *options).out
    assert cluster in bare.call(*options, "list", "-q").out


def test_a_token_is_enough_to_create(
    shell: Shell, bare: Shell, embedded_cloud: EmbeddedCloud
) -> None:
    token = session_of(embedded_cloud.credentials_of("demo")).get_token()
    assert token
    names = ("OS_AUTH_URL", "OS_PROJECT_NAME", "OS_PROJECT_DOMAIN_NAME")
    env = {name: shell.env[name] for name in names}
    env |= {"OS_AUTH_TYPE": "v3token", "OS_TOKEN": token}
    caller = Shell({**bare.env, **env}, bare.cwd)
    made = caller.call("create", *SMALL, "-o", "json")
    assert made.status == 0, made.err
    assert caller.call("delete", made.json["id"]).status == 0


def test_an_application_credential_shows_and_creates_nothing(
    shell: Shell, bare: Shell, cluster: str, embedded_cloud: EmbeddedCloud
) -> None:
    session = session_of(embedded_cloud.credentials_of("demo"))
    url = f"{embedded_cloud.auth_url}/users/{session.get_user_id()}/application_credentials"
    body = {"application_credential": {"name": f"cli-{uuid4()}", "secret": "s3cret of it"}}
    made = session.post(url, json=body).json()["application_credential"]
    env = {
        "OS_AUTH_URL": shell.env["OS_AUTH_URL"],
        "OS_AUTH_TYPE": "v3applicationcredential",
        "OS_APPLICATION_CREDENTIAL_ID": made["id"],
        "OS_APPLICATION_CREDENTIAL_SECRET": "s3cret of it",
    }
    robot = Shell({**bare.env, **env}, bare.cwd)
    assert robot.call("show", cluster, "-o", "json").json["id"] == cluster
    refused = robot.call("create", *SMALL)
    assert refused.status == 4
    assert "application credential" in refused.err
    session.delete(f"{url}/{made['id']}")


@pytest.fixture
def catalogue(embedded_cloud: EmbeddedCloud, shell: Shell) -> Iterator[str]:
    """The service's address in Keystone's catalogue, as the service registers itself."""
    admin = session_of(embedded_cloud.credentials_of("admin"))
    client = keystone_client.Client(session=admin, interface="public")
    service = client.services.create(KIND, type=KIND)
    url = f"{shell.env['DISCO']}/disco/"
    client.endpoints.create(service.id, url, interface="public", region=shell.env["OS_REGION_NAME"])
    yield url
    client.services.delete(service.id)


def test_the_service_is_found_in_the_catalogue(shell: Shell, cluster: str, catalogue: str) -> None:
    assert cluster in shell.call("list", "-q", DISCO=None).out
    assert json.loads(shell.call("frameworks", "-o", "json", DISCO=None).out)
    # what is said here is stronger
    assert shell.call("list", DISCO="http://127.0.0.1:1").status == 6


def test_the_address_may_be_that_of_the_collection(shell: Shell, cluster: str) -> None:
    assert cluster in shell.call("list", "-q", "--endpoint", f"{shell.env['DISCO']}/disco/").out
