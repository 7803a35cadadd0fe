"""The object store of the embedded cloud, as its users see it: real clients of Swift and S3."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

pytest.importorskip("swift", reason="needs the extra object-store (swift not installed)")
from botocore.exceptions import ClientError
from swiftclient.exceptions import ClientException
from swiftclient.utils import generate_temp_url

from disco.embedded.cloud import EmbeddedCloud
from disco.embedded.control.object_store_config import SERVERS
from disco.errors import ConfigurationError
from tests.support.cloud import session_of, until
from tests.support.object_store import (
    delete_ec2_credential,
    ec2_credential,
    s3_of,
    start_object_store,
    store_cloud,
    swift_of,
)

__all__ = ["store_cloud"]
pytestmark = pytest.mark.slow

LARGE = 12 * 1024 * 1024
PART = 5 * 1024 * 1024


@pytest.fixture(scope="module", autouse=True)
def empty_project() -> None:
    """In the place of that of the folder, whose cloud is another."""


@pytest.fixture(scope="module")
def bucket(store_cloud: EmbeddedCloud) -> Iterator[str]:
    """A container of demo with one object."""
    swift = swift_of(store_cloud.credentials)
    swift.put_container("work")
    swift.put_object("work", "tables/rows.csv", b"a,b\n1,2\n", content_type="text/csv")
    yield "work"


def s3_refusal(act: Any, **arguments: Any) -> tuple[int, str]:
    """The status and the code by which S3 refuses."""
    with pytest.raises(ClientError) as refused:
        act(**arguments)
    answer = refused.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def test_an_object_is_one_for_both_interfaces(store_cloud: EmbeddedCloud, bucket: str) -> None:
    demo = store_cloud.credentials
    s3 = s3_of(demo, ec2_credential(demo))
    assert [found["Name"] for found in s3.list_buckets()["Buckets"]] == [bucket]
    got = s3.get_object(Bucket=bucket, Key="tables/rows.csv")
    assert got["Body"].read() == b"a,b\n1,2\n"
    assert got["ContentType"] == "text/csv"

    s3.put_object(Bucket=bucket, Key="answers/Täbellen 1%.txt", Body=b"42")
    swift = swift_of(demo)
    assert swift.get_object(bucket, "answers/Täbellen 1%.txt")[1] == b"42"
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="answers/")["Contents"]
    assert [(found["Key"], found["Size"]) for found in listed] == [("answers/Täbellen 1%.txt", 2)]
    s3.delete_object(Bucket=bucket, Key="answers/Täbellen 1%.txt")
    with pytest.raises(ClientException) as gone:
        swift.get_object(bucket, "answers/Täbellen 1%.txt")
    assert gone.value.http_status == 404


def test_an_upload_in_parts_is_read_as_one_object(store_cloud: EmbeddedCloud, bucket: str) -> None:
    demo = store_cloud.credentials
    s3 = s3_of(demo, ec2_credential(demo))
    content = os.urandom(LARGE)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="large")["UploadId"]
    parts = []
    for number, start in enumerate(range(0, LARGE, PART), start=1):
        body = content[start : start + PART]
        tag = s3.upload_part(
            Bucket=bucket, Key="large", UploadId=upload, PartNumber=number, Body=body
        )["ETag"]
        parts.append({"PartNumber": number, "ETag": tag})
    s3.complete_multipart_upload(
        Bucket=bucket, Key="large", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    read = s3.get_object(Bucket=bucket, Key="large")["Body"].read()
    assert hashlib.sha256(read).digest() == hashlib.sha256(content).digest()
    middle = s3.get_object(Bucket=bucket, Key="large", Range=f"bytes={PART - 2}-{PART + 1}")
    assert middle["Body"].read() == content[PART - 2 : PART + 2], "over the seam of two parts"


def test_another_project_reads_writes_and_lists_nothing(
    store_cloud: EmbeddedCloud, bucket: str
) -> None:
    demo, other = store_cloud.credentials, store_cloud.credentials_of("other")
    address = session_of(demo).get_endpoint(service_type="object-store")
    stranger = session_of(other)
    for method, path in (
        ("GET", ""),
        ("GET", f"/{bucket}"),
        ("GET", f"/{bucket}/tables/rows.csv"),
        ("PUT", f"/{bucket}/tables/rows.csv"),
        ("DELETE", f"/{bucket}/tables/rows.csv"),
        ("PUT", "/of-another"),
    ):
        answer = stranger.request(f"{address}{path}", method, raise_exc=False)
        assert answer.status_code == 403, (method, path)
    s3 = s3_of(other, ec2_credential(other))
    assert s3.list_buckets()["Buckets"] == []
    read = s3_refusal(s3.get_object, Bucket=bucket, Key="tables/rows.csv")
    assert read == (404, "NoSuchBucket"), "names of buckets are a project's own"
    assert swift_of(demo).get_object(bucket, "tables/rows.csv")[1] == b"a,b\n1,2\n"
    assert {found["name"] for found in swift_of(demo).get_account()[1]} >= {bucket}


def test_nobody_reads_without_a_token(store_cloud: EmbeddedCloud, bucket: str) -> None:
    demo = store_cloud.credentials
    address = session_of(demo).get_endpoint(service_type="object-store")
    path = f"{address}/{bucket}/tables/rows.csv"
    assert requests.get(path, timeout=30).status_code == 401
    wrong = {"X-Auth-Token": "no such token"}
    assert requests.get(path, headers=wrong, timeout=30).status_code == 401
    key = ec2_credential(demo)
    s3 = s3_of(demo, {**key, "secret": "0" * 32})
    assert s3_refusal(s3.list_objects_v2, Bucket=bucket) == (403, "SignatureDoesNotMatch")


def test_a_deleted_credential_is_refused_at_once(store_cloud: EmbeddedCloud, bucket: str) -> None:
    demo = store_cloud.credentials
    key = ec2_credential(demo)
    s3 = s3_of(demo, key)
    assert s3.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 200
    delete_ec2_credential(demo, key["access"])
    assert s3_refusal(s3.list_objects_v2, Bucket=bucket)[0] == 403


def test_a_signed_address_opens_one_object_for_its_time(
    store_cloud: EmbeddedCloud, bucket: str
) -> None:
    swift = swift_of(store_cloud.credentials)
    swift.post_account({"x-account-meta-temp-url-key": "a key of demo's"})
    base, _, account = swift.get_auth()[0].rpartition("/v1/")
    path = f"/v1/{account}/{bucket}/tables/rows.csv"
    now = int(time.time())
    signed = generate_temp_url(path, now + 600, "a key of demo's", "GET", absolute=True)
    assert requests.get(base + signed, timeout=30).content == b"a,b\n1,2\n"
    assert requests.put(base + signed, data=b"x", timeout=30).status_code == 401
    assert requests.get(base + signed.replace("rows", "more"), timeout=30).status_code == 401
    over = generate_temp_url(path, now - 1, "a key of demo's", "GET", absolute=True)
    assert requests.get(base + over, timeout=30).status_code == 401


def test_sizes_reach_the_account_while_the_store_goes_on(
    store_cloud: EmbeddedCloud, bucket: str
) -> None:
    swift = swift_of(store_cloud.credentials)
    until(lambda: int(swift.head_account()["x-account-bytes-used"]) > 0, 120, "the account's size")
    swift.put_object(bucket, "later", b"x")
    assert swift.get_object(bucket, "later")[1] == b"x"


def test_the_servers_behind_it_are_out_of_reach(store_cloud: EmbeddedCloud) -> None:
    folder = store_cloud.state_dir / "object-store"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in ("proxy-server.conf", "swift.conf"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, name
    listening = listening_ports(store_cloud.pids["object store"])
    assert listening == {store_cloud.ports[0] + 2}
    assert not listening & set(SERVERS.values())


def listening_ports(pid: int) -> set[int]:
    """TCP ports that a process listens on."""
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        link = os.readlink(entry)
        if link.startswith("socket:["):
            inodes.add(link[8:-1])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {int(r[1].rpartition(":")[2], 16) for r in rows if r[3] == "0A" and r[9] in inodes}


def test_what_is_stored_outlives_the_cloud_and_a_killed_store(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with start_object_store(state) as first:
        demo = first.credentials
        key = ec2_credential(demo)
        s3 = s3_of(demo, key)
        s3.create_bucket(Bucket="lasting")
        for number in range(20):
            s3.put_object(Bucket="lasting", Key=f"part-{number:02}", Body=b"%d" % number)
        os.kill(first.pids["object store"], signal.SIGKILL)
        with pytest.raises(ConfigurationError, match="The embedded object store ended"):
            first.wait()
    with EmbeddedCloud(state, cloud_port=first.ports[0]) as without:
        kinds = (
            session_of(without.credentials)
            .auth.get_access(session_of(without.credentials))
            .service_catalog.get_endpoints()
        )
        assert {"object-store", "s3"} & set(kinds) == set(), "the catalogue names what is there"
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", first.ports[0] + 2)) != 0
    # on other ports: the catalogue and what is behind the proxy must follow
    with start_object_store(state) as second:
        s3 = s3_of(second.credentials, key)
        found = s3.list_objects_v2(Bucket="lasting")["Contents"]
        assert [item["Key"] for item in found] == [f"part-{n:02}" for n in range(20)]
        bodies = [s3.get_object(Bucket="lasting", Key=item["Key"])["Body"].read() for item in found]
        assert sum(map(int, bodies)) == 190
        errors = (state / "logs" / "object_store.err").read_text()
    assert errors == ""
