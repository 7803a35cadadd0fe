"""Key pairs: a project's public keys, by name. Nova makes none since 2.92."""

from __future__ import annotations

import hashlib

import falcon

from disco.embedded.services.api_error import ApiError
from disco.embedded.services.caller import caller_of
from disco.embedded.services.quotas import Quotas
from disco.embedded.services.records import Record, Records, new_id, now, visible


class KeyPairs:
    """The key pairs of all projects."""

    def __init__(self, records: Records, quotas: Quotas) -> None:
        self._records = records
        self._quotas = quotas

    def list_key_pairs(self, project_id: str) -> list[Record]:
        """The project's key pairs."""
        return self._records.all("keypair", project_id)

    def find(self, project_id: str, name: str) -> Record | None:
        """The project's key pair of this name."""
        pairs = (pair for pair in self.list_key_pairs(project_id) if pair["name"] == name)
        return next(pairs, None)

    def create(self, project_id: str, user_id: str, body: Record) -> Record:
        """A new key pair.

        Raises:
            ApiError: no public key, or none that ssh knows; the name is taken; over quota.
        """
        name, public = str(body["name"]), str(body.get("public_key") or "")
        if not public:
            raise ApiError(
                400,
                "Invalid input for field/attribute keypair. 'public_key' is a required property",
            )
        with self._records.transaction():
            if self.find(project_id, name):
                raise ApiError(409, f"Key pair '{name}' already exists.")
            self._quotas.check_key_pair(project_id)
            words = public.split()
            if len(words) < 2 or not words[0].startswith(("ssh-", "ecdsa-", "sk-")):
                raise ApiError(400, "Keypair data is invalid: failed to generate fingerprint")
            digest = hashlib.md5(words[1].encode(), usedforsecurity=False).digest().hex(":")
            pair: Record = {
                "name": name, "public_key": public, "type": "ssh", "fingerprint": digest,
                "deleted": False, "deleted_at": None, "updated_at": None,
                "_number": self._records.count("keypair", project_id) + 1,
                "id": new_id(), "project_id": project_id, "user_id": user_id,
                "created_at": now()[:-1],
            }  # fmt: skip
            return self._records.put("keypair", pair)

    def delete(self, pair: Record) -> None:
        """Remove a key pair; servers keep the public key that they were made with."""
        self._records.delete("keypair", pair["id"])


def show(pair: Record) -> Record:
    """A key pair as Nova shows it: its id is a number."""
    return {**visible(pair), "id": pair["_number"]}


class KeyPairRoutes:
    """Key pairs, as Nova answers for them."""

    def __init__(self, key_pairs: KeyPairs) -> None:
        self._key_pairs = key_pairs

    def _find(self, request: falcon.Request, name: str) -> Record:
        caller = caller_of(request)
        pair = self._key_pairs.find(caller.project_id, name)
        if pair is None:
            raise ApiError(404, f"Keypair {name} not found for user {caller.user_id}")
        return pair

    def on_get(self, request: falcon.Request, response: falcon.Response) -> None:
        """List key pairs."""
        pairs = self._key_pairs.list_key_pairs(caller_of(request).project_id)
        # all are on the first page
        page = [] if request.get_param("marker") else pairs
        response.media = {"keypairs": [{"keypair": show(pair)} for pair in page]}

    def on_post(self, request: falcon.Request, response: falcon.Response) -> None:
        """Import a public key."""
        caller, body = caller_of(request), request.get_media()["keypair"]
        pair = self._key_pairs.create(caller.project_id, caller.user_id, body)
        response.media = {"keypair": show(pair)}
        response.status = falcon.HTTP_201

    def on_get_one(self, request: falcon.Request, response: falcon.Response, name: str) -> None:
        """Show a key pair."""
        response.media = {"keypair": show(self._find(request, name))}

    def on_delete_one(self, request: falcon.Request, response: falcon.Response, name: str) -> None:
        """Delete a key pair."""
        self._key_pairs.delete(self._find(request, name))
        response.status = falcon.HTTP_202
