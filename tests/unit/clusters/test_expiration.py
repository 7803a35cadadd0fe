"""A new time to live: what is refused before the stack is touched, and what is written.

tests/api/test_endings.py has the rest, with the credentials of a real Keystone.
"""

from __future__ import annotations

import json
import time
from typing import Any
from unittest import mock

import pytest

from disco.attributes import STACK_PARAMETER, TTL
from disco.clusters import expiration
from disco.derived_secrets import fingerprint
from disco.errors import Conflict, InvalidRequest
from disco.heat.stack_status import CREATE_COMPLETE
from disco.heat.stacks import Stack
from disco.openstack.delete_credential import END, End
from tests.support.shipped import CATALOGUE

KEY = b"k" * 32


def extended(end: End | None, ttl: str | None, made: str | None = "new") -> tuple[Any, Any]:
    """What is written to the stack, and the credentials."""
    parameters = {END: str(end)} if end else {}
    stack = Stack("c", "s", CREATE_COMPLETE, attributes={"a": "b"}, parameters=parameters)
    credentials = mock.Mock()
    credentials.prepare.return_value = made
    with (
        mock.patch.object(expiration, "Stacks") as stacks,
        mock.patch.object(expiration, "DeleteCredentials", return_value=credentials),
    ):
        attributes = {} if ttl is None else {TTL: ttl}
        settings = mock.Mock(key_secrets=(KEY,))
        login = mock.Mock(project_id="p")
        expiration.extend(settings, CATALOGUE, login, stack, attributes)
    return stacks.return_value.change.call_args.args[1], credentials


@pytest.mark.parametrize("ttl", [None, "", "soon", "1s", "9999d"])
def test_a_duration_that_is_not_allowed_is_refused(ttl: str | None) -> None:
    with pytest.raises(InvalidRequest) as caught:
        extended(End(1, "old", fingerprint(KEY)), ttl)
    assert caught.value.faults[0].attribute == TTL


def test_a_cluster_without_an_end_has_nothing_to_extend() -> None:
    with pytest.raises(Conflict, match="without a time to live"):
        extended(None, "2h")


def test_end_and_attribute_are_written_and_the_older_credential_is_removed() -> None:
    written, credentials = extended(End(1, "old", fingerprint(KEY)), "2h")
    end = End.read(written)
    assert end is not None
    assert (end.credential, end.key) == ("new", fingerprint(KEY))
    assert abs(end.at - time.time() - 7200) < 60
    assert json.loads(written[STACK_PARAMETER]) == {"a": "b", TTL: "7200"}
    credentials.remove.assert_called_once_with(["c"], but="new")


@pytest.mark.parametrize(
    ("end", "kept"),
    [
        # made with a key that the service has not any more
        (End(1, "old", "another"), "old"),
        # where nodes can only power off
        (End(1, None, "-"), None),
    ],
)
def test_without_its_key_the_credential_stays(end: End, kept: str | None) -> None:
    written, credentials = extended(end, "2h")
    read = End.read(written)
    assert read is not None and read.credential == kept
    assert not credentials.prepare.called and not credentials.remove.called
