"""The cloud's object store: where it is, whether a bucket can be used, and keys of S3 for it.

Keystone keeps the keys, as EC2 credentials of the caller's for the project. A cluster's key
follows from its id, so that DISCO, which notes nothing, finds it again; Keystone's id of it
is the key's SHA-256 (``keystone.common.utils.hash_access_key``).
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

from keystoneauth1 import exceptions

from disco.errors import Conflict, DiscoError, Forbidden, NotInCloud
from disco.object_storage import KEY_PREFIX, Place, access_key
from disco.openstack.answers import read_entries
from disco.openstack.delete_credential import auth_url, heat_endpoint
from disco.openstack.endpoints import find_endpoint, public_login, service_url
from disco.openstack.errors import cloud_errors
from disco.openstack.session import Login
from disco.untrusted import Malformed, read_json_object

LOG = logging.getLogger(__name__)

OBJECT_STORE, S3 = "object-store", "s3"
#: answers to who writes where nothing can be written
_NO_ROOM = {
    403: "you may only read it",
    404: "it is not there any more",
    413: "its quota is used up",
    507: "the object store is full",
}
#: what Keystone calls the keys of S3
_EC2 = "ec2"
#: seconds after which the key of a cluster that is not there is not one of a create under way
_UNDER_WAY_S = 86400


def find_s3(login: Login) -> str | None:
    """The address of the S3 interface as nodes and users have it; None where there is none.

    It is a service of its own in some catalogues; else it is at the object store's host, as
    Swift and Ceph have it.
    """
    if found := find_endpoint(public_login(login, S3), S3):
        return found
    swift = find_endpoint(public_login(login, OBJECT_STORE), OBJECT_STORE)
    if swift is None:
        return None
    parts = urlsplit(swift)
    return f"{parts.scheme}://{parts.netloc}"


def check_bucket(login: Login, bucket: str) -> str | None:
    """What is in the way of using a bucket; None for nothing, or where that cannot be asked.

    Raises:
        CloudError: and its relatives, when the object store fails.
    """
    if find_endpoint(login, OBJECT_STORE) is None:
        return None
    try:
        with cloud_errors(OBJECT_STORE):
            login.session.head(_object_url(login, bucket), log=False)
    except NotInCloud:
        return f"there is no bucket {bucket!r} in this project"
    except Forbidden:
        return f"you may not read the bucket {bucket!r}"
    return None


def check_writing(login: Login, place: Place, cluster_id: str) -> str | None:
    """What is in the way of writing to a place; an object is written there and removed.

    Raises:
        CloudError: and its relatives, when the object store fails.
    """
    if find_endpoint(login, OBJECT_STORE) is None:
        return None
    name = "/".join(filter(None, (place.bucket, place.path, f".disco-{cluster_id}")))
    with cloud_errors(OBJECT_STORE):
        address = _object_url(login, name)
        answer = login.session.put(address, data=b"", raise_exc=False, log=False)
        if answer.status_code in _NO_ROOM:
            reason = _NO_ROOM[answer.status_code]
            return f"nothing can be written to the bucket {place.bucket!r}: {reason}"
        if answer.status_code >= 400:
            raise exceptions.from_response(answer, "PUT", address)
    with suppress(NotInCloud), cloud_errors(OBJECT_STORE):
        login.session.delete(address, log=False)
    return None


def _object_url(login: Login, name: str) -> str:
    return f"{service_url(login, OBJECT_STORE)}/{quote(name)}"


class StorageKeys:
    """The caller's keys of S3 that clusters have."""

    def __init__(self, login: Login) -> None:
        self._login = login

    def make(self, cluster_id: str, secret: str) -> None:
        """Make a cluster's key, or give the one that is there this secret.

        Raises:
            Forbidden: Keystone gives the caller none.
            Conflict: somebody else has made it.
            CloudError: and its relatives, when Keystone fails.
        """
        key = access_key(cluster_id)
        note = {"heat": heat_endpoint(self._login), "made": int(time.time())}
        blob = json.dumps({"access": key, "secret": secret, "disco": note})
        mine = {"user_id": self._login.user_id, "project_id": self._login.project_id}
        try:
            self._ask("POST", "", {**mine, "type": _EC2, "blob": blob})
        except Conflict:
            try:
                self._ask("PATCH", f"/{_id_of(key)}", {"blob": blob})
            except (Forbidden, NotInCloud) as error:
                raise Conflict(
                    f"The storage key of the cluster {cluster_id} is another user's.",
                    hint="Choose another id for the cluster.",
                ) from error

    def remove(self, cluster_ids: Iterable[str], of_this_heat: bool = False) -> None:
        """Remove the caller's keys of these clusters; raises nothing.

        With ``of_this_heat`` only those that were made by way of the Heat that is asked: a
        cluster that it does not know may live in another region.
        """
        wanted = set(cluster_ids)
        try:
            heat = heat_endpoint(self._login)
            for cluster_id, note in self._known():
                if cluster_id in wanted and (not of_this_heat or note.get("heat") == heat):
                    self._delete(cluster_id)
        except DiscoError as error:
            LOG.info("a storage key may stay: %s", error.message)

    def remove_over(self, living: Collection[str]) -> list[str]:
        """Remove the caller's keys of clusters of this Heat that are gone; their ids.

        Raises:
            CloudError: and its relatives, when Keystone does not tell.
        """
        gone = []
        heat = heat_endpoint(self._login)
        for cluster_id, note in self._known():
            made = note.get("made")
            is_old = isinstance(made, int) and made + _UNDER_WAY_S < time.time()
            if is_old and note.get("heat") == heat and cluster_id not in living:
                self._delete(cluster_id)
                gone.append(cluster_id)
        return gone

    def _known(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The clusters that the caller has keys of in this project, each with its key's note."""
        answer = self._ask("GET", f"?type={_EC2}&user_id={quote(self._login.user_id)}")
        with cloud_errors("identity"):
            entries = read_entries(answer, "credentials")
        for entry in entries:
            if entry.get("project_id") != self._login.project_id:
                continue
            with suppress(Malformed, ValueError):
                blob = read_json_object(str(entry.get("blob")))
                key, note = str(blob.get("access")), blob.get("disco")
                cluster_id = str(UUID(key.removeprefix(KEY_PREFIX)))
                if isinstance(note, dict) and key == access_key(cluster_id):
                    yield cluster_id, note

    def _delete(self, cluster_id: str) -> None:
        with suppress(NotInCloud):
            self._ask("DELETE", f"/{_id_of(access_key(cluster_id))}")

    def _ask(self, method: str, rest: str, credential: Mapping[str, str] | None = None) -> Any:
        with cloud_errors("identity"):
            answer = self._login.session.request(
                f"{auth_url(self._login)}/credentials{rest}",
                method,
                json={"credential": dict(credential)} if credential else None,
                log=False,  # a secret is in it
                headers={"Accept": "application/json"},
            )
            return answer.json() if answer.content else {}


def _id_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
