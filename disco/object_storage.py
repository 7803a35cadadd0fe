"""Places in an object store with the S3 interface, where data outlives its cluster."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: the key of a cluster that DISCO made in Keystone: this, and the cluster's id without hyphens
KEY_PREFIX = "disco"
#: where nodes have the key, its region, and how libraries are to sign
CREDENTIALS_FILE = "/etc/disco/s3"
#: what Python's libraries speak S3 with
PYTHON = ("s3fs", "pyarrow")

_PLACE = re.compile(r"s3a?://(?P<bucket>[^/]*)(?P<path>/.*)?", re.S)
# what all stores take, and what is a host name's part
_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_SEGMENT = re.compile(r"[A-Za-z0-9_=+@,-][A-Za-z0-9._=+@,-]{0,100}")
_LONGEST = 200
# as nodes' scripts have it, without quotes
_ADDRESS = re.compile(
    r"https?://([A-Za-z0-9.-]{1,200}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]{0,200})?"
)


@dataclass(frozen=True)
class Place:
    """A bucket, and a folder in it; empty for all of it."""

    bucket: str
    path: str = ""

    def __str__(self) -> str:
        return f"s3a://{self.bucket}{'/' if self.path else ''}{self.path}"


def parse_place(text: str) -> Place:
    """Read ``s3a://bucket/path``.

    Raises:
        ValueError: it is none; with a sentence about it.
    """
    found = _PLACE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:80]!r} does not begin with s3a://")
    bucket, path = found["bucket"], (found["path"] or "").strip("/")
    if not _BUCKET.fullmatch(bucket):
        raise ValueError(
            f"{bucket[:80]!r} cannot be a bucket: 3 to 63 lower-case letters, digits and hyphens"
        )
    if len(path) > _LONGEST:
        raise ValueError(f"the path has {len(path)} characters, and {_LONGEST} are allowed")
    for segment in path.split("/") if path else ():
        if not _SEGMENT.fullmatch(segment):
            raise ValueError(
                f"{segment!r} cannot be a part of the path: letters, digits and ._=+@,-"
            )
    return Place(bucket, path)


def is_address(text: str) -> bool:
    """Whether nodes can be told that an object store is there: a catalogue may say anything."""
    return _ADDRESS.fullmatch(text) is not None


def access_key(cluster_id: str) -> str:
    """The key that DISCO makes for a cluster; it is no secret."""
    return KEY_PREFIX + cluster_id.replace("-", "")


def node_environment(endpoint: str) -> dict[str, str]:
    """Variables by which the libraries of S3 find the store and the key, on all nodes.

    Each of them is in every unit and configuration of a node, whose user data has little room:
    what can be is in the file. It is named twice, because the SDK of C++ (pyarrow) takes the key
    from a file of credentials, and the kind of checksums from one of configuration alone.
    """
    return {
        "AWS_CONFIG_FILE": CREDENTIALS_FILE,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_SHARED_CREDENTIALS_FILE": CREDENTIALS_FILE,
    }
