"""Users of the embedded cloud's object store, by both of its interfaces."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import swiftclient
from botocore.config import Config

from disco.embedded.cloud import Credentials, EmbeddedCloud
from tests.support.cloud import free_port_triple, session_of

IDENTITY = {"service_type": "identity"}


def swift_of(credentials: Credentials) -> Any:
    """python-swiftclient for a user of the cloud."""
    return swiftclient.Connection(session=session_of(credentials), retries=0)


def ec2_credential(credentials: Credentials) -> dict[str, str]:
    """A key pair for S3, which Keystone makes for the user's project."""
    session = session_of(credentials)
    answer = session.post(
        f"/users/{session.get_user_id()}/credentials/OS-EC2",
        endpoint_filter=IDENTITY,
        json={"tenant_id": session.get_project_id()},
    )
    return dict(answer.json()["credential"])


def keys_of(credentials: Credentials) -> dict[str, dict[str, Any]]:
    """What Keystone keeps as the user's keys of S3, by access key."""
    answer = session_of(credentials).get("/credentials?type=ec2", endpoint_filter=IDENTITY)
    blobs = [json.loads(one["blob"]) for one in answer.json()["credentials"]]
    return {blob["access"]: blob for blob in blobs}


def delete_ec2_credential(credentials: Credentials, access: str) -> None:
    """Have Keystone forget a key pair."""
    session = session_of(credentials)
    path = f"/users/{session.get_user_id()}/credentials/OS-EC2/{access}"
    session.delete(path, endpoint_filter=IDENTITY)


def s3_of(credentials: Credentials, key: dict[str, str]) -> Any:
    """boto3 with a key pair, at the address in the catalogue."""
    return boto3.client(
        "s3",
        endpoint_url=session_of(credentials).get_endpoint(service_type="s3"),
        aws_access_key_id=key["access"],
        aws_secret_access_key=key["secret"],
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
    )


def start_object_store(state: Path, **more: Any) -> EmbeddedCloud:
    """A cloud with an object store, to be entered."""
    return EmbeddedCloud(state, cloud_port=free_port_triple(), object_store=True, **more)


@pytest.fixture(scope="session")
def store_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    """A cloud with an object store and without nodes, shared by all tests of a session."""
    with start_object_store(tmp_path_factory.mktemp("store") / "state") as cloud:
        yield cloud
