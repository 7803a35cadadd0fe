"""A new time to live: what is refused before the stack is touched, and what is written.

tests/api/test_endings.py has the rest, with the credentials of a real Keystone.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest

from disco.attributes import STACK_PARAMETER, TTL, WARNINGS, read_stored
from disco.clusters import expiration
from disco.clusters.plan import ClusterPlan
from disco.derived_secrets import derive_password, fingerprint
from disco.errors import (
    CloudTimeout,
    CloudUnavailable,
    Conflict,
    DiscoError,
    Forbidden,
    InvalidRequest,
    NotFound,
)
from disco.heat.stack_status import CREATE_COMPLETE
from disco.heat.stacks import Stack
from disco.openstack.delete_credential import END, SECRET, End, Prepared
from tests.support.shipped import CATALOGUE
from tests.support.specs import ID, draft, rendered

KEY = b"k" * 32


def extended(end: End | None, ttl: str | None, made: str | None = "new") -> tuple[Any, Any]:
    """What is written to the stack, and the credentials."""
    parameters = {END: str(end)} if end else {}
    stack = Stack("c", "s", CREATE_COMPLETE, attributes={"a": "b"}, parameters=parameters)
    credentials = mock.Mock()
    credentials.prepare.return_value = made and Prepared(made, made=True)
    with (
        mock.patch.object(expiration, "Stacks") as stacks,
        mock.patch.object(expiration, "DeleteCredentials", return_value=credentials),
    ):
        attributes = {} if ttl is None else {TTL: ttl}
        settings = mock.Mock(key_secrets=(KEY,))
        login = mock.Mock(project_id="p")
        left = expiration.extend(settings, CATALOGUE, login, stack, attributes)
    if left is not None:
        left.result()
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


OLD_KEY = b"o" * 32


def ended(
    prepared: list[Prepared | None], taken: set[tuple[str, bytes]], trial: bool = True
) -> tuple[Any, Any]:
    """The parameters of a plan, and the credentials, of which Heat takes those in ``taken``.

    ``trial``: whether Nova and Neutron let Heat work with them.
    """

    def secret(key: bytes) -> str:
        return derive_password(key, "heat.ending", "p", ID, 43)

    credentials = mock.Mock()
    credentials.prepare.side_effect = prepared
    credentials.taken_by_heat.side_effect = lambda one, text, _: any(
        (one, text) == (known, secret(key)) for known, key in taken
    )
    with (
        mock.patch.object(expiration, "DeleteCredentials", return_value=credentials),
        mock.patch.object(expiration._TRIAL, "passes", return_value=trial),
    ):
        _, spec = draft({"dask": ""})
        made = ClusterPlan(
            replace(spec, ttl_s=60), mock.Mock(), rendered({"dask": ""}), mock.Mock(), {}
        )
        settings = mock.Mock(key_secrets=(KEY, OLD_KEY))
        plan, _ = expiration.with_end(settings, mock.Mock(project_id="p"), made)
    return plan.rendered.parameters, credentials


def test_a_credential_of_an_older_key_is_used_and_not_removed() -> None:
    there = Prepared("there", made=False)
    parameters, credentials = ended([there], {("there", OLD_KEY)})
    end = End.read(parameters)
    assert end is not None and (end.credential, end.key) == ("there", fingerprint(OLD_KEY))
    assert parameters[SECRET] == derive_password(OLD_KEY, "heat.ending", "p", ID, 43)
    assert not credentials.remove.called and not credentials.remove_made.called


def test_beside_one_of_a_lost_key_another_is_made() -> None:
    there, new = Prepared("there", made=False), Prepared("new", made=True)
    parameters, credentials = ended([there, new], {("new", KEY)})
    end = End.read(parameters)
    assert end is not None and (end.credential, end.key) == ("new", fingerprint(KEY))
    assert not credentials.remove.called and not credentials.remove_made.called


def test_where_heat_takes_none_only_what_was_made_goes() -> None:
    there, new = Prepared("there", made=False), Prepared("new", made=True)
    parameters, credentials = ended([there, new], set())
    end = End.read(parameters)
    assert end is not None and end.credential is None and parameters[SECRET] == ""
    credentials.remove_made.assert_called_once_with(new)
    assert not credentials.remove.called


def test_where_heat_cannot_work_with_it_nodes_power_off_and_that_is_said() -> None:
    new = Prepared("new", made=True)
    parameters, credentials = ended([new], {("new", KEY)}, trial=False)
    end = End.read(parameters)
    assert end is not None and (end.at > 0, end.credential) == (True, None)
    assert end.attributes()["disco.ending"] == "poweroff"
    assert "disco operate" in read_stored(parameters)[WARNINGS]
    assert parameters[SECRET] == ""
    credentials.remove_made.assert_called_once_with(new)


@pytest.mark.parametrize(
    ("error", "there", "removed"),
    [
        (InvalidRequest("no"), None, True),
        (Forbidden("no"), None, True),
        (CloudTimeout("perhaps"), None, False),
        (CloudUnavailable("perhaps"), None, False),
        # another create was faster: with a credential of its own, or with this one
        (Conflict("is there"), "other", True),
        (Conflict("is there"), "mine", False),
        (Conflict("is there"), NotFound("gone"), False),
    ],
)
def test_a_create_that_failed_removes_what_it_made_and_nobody_uses(
    error: DiscoError, there: Any, removed: bool
) -> None:
    credentials = mock.Mock()
    with (
        mock.patch.object(expiration, "Stacks") as stacks,
        mock.patch.object(expiration, "DeleteCredentials", return_value=credentials),
    ):
        if isinstance(there, Exception):
            stacks.return_value.get.side_effect = there
        else:
            stacks.return_value.get.return_value.parameters = {END: str(End(1, there))}
        expiration.undo_end(mock.Mock(), "c", Prepared("mine", made=True), error)
        expiration.undo_end(mock.Mock(), "c", None, error)
    assert [c.args for c in credentials.remove_made.call_args_list] == (
        [(Prepared("mine", made=True),)] if removed else []
    )
    assert not credentials.remove.called


def test_an_extension_that_heat_refuses_leaves_no_credential() -> None:
    stack = Stack("c", "s", CREATE_COMPLETE, parameters={END: str(End(1, "old", fingerprint(KEY)))})
    credentials = mock.Mock()
    credentials.prepare.return_value = Prepared("new", made=True)
    with (
        mock.patch.object(expiration, "Stacks") as stacks,
        mock.patch.object(expiration, "DeleteCredentials", return_value=credentials),
        pytest.raises(Conflict),
    ):
        stacks.return_value.change.side_effect = Conflict("busy")
        settings, login = mock.Mock(key_secrets=(KEY,)), mock.Mock(project_id="p")
        expiration.extend(settings, CATALOGUE, login, stack, {TTL: "2h"})
    credentials.remove_made.assert_called_once_with(Prepared("new", made=True))
    assert not credentials.remove.called
