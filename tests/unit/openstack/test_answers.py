"""What a service answers in another form is refused with the member that is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from keystoneauth1 import access

from disco.openstack.answers import ENTRIES, STACK, check_access, read_entries, read_object
from disco.openstack.retrying_session import NotUnderstood

FLAVOR = {"id": "1", "name": "small", "ram": 512, "vcpus": 1, "disk": 0}


@pytest.mark.parametrize(
    "answer", [None, [], "x", 7, {}, {"flavors": None}, {"flavors": {}}, {"flavors": "abc"}]
)
def test_what_has_no_such_list_is_not_understood(answer: object) -> None:
    with pytest.raises(NotUnderstood, match="flavors is not a list"):
        read_entries(answer, "flavors")


@pytest.mark.parametrize("entry", [None, [], "x", 7])
@pytest.mark.parametrize("key", [*ENTRIES, "something-else"])
def test_an_entry_is_an_object(key: str, entry: object) -> None:
    with pytest.raises(NotUnderstood, match="is not an object"):
        read_entries({key: [entry]}, key)


@pytest.mark.parametrize("wrong", [None, [], {}, "512", 1.5, True, float("nan")])
@pytest.mark.parametrize("member", ["ram", "vcpus", "disk"])
def test_a_number_is_a_number(member: str, wrong: object) -> None:
    with pytest.raises(NotUnderstood, match=rf"flavors\[1\]\.{member} is not a number"):
        read_entries({"flavors": [FLAVOR, {**FLAVOR, member: wrong}]}, "flavors")


@pytest.mark.parametrize("key", ENTRIES)
def test_every_member_that_must_be_there_is_looked_for(key: str) -> None:
    values: dict[type, Any] = {str: "x", int: 1, list: [], dict: {}}
    whole = {name: values[types[0]] for name, types in ENTRIES[key].items()}
    assert read_entries({key: [whole]}, key) == [whole]
    for name, types in ENTRIES[key].items():
        less = {n: v for n, v in whole.items() if n != name}
        for entry in (less, {**whole, name: None}):
            if type(None) in types:
                assert read_entries({key: [entry]}, key) == [entry]
            else:
                with pytest.raises(NotUnderstood, match=name):
                    read_entries({key: [entry]}, key)


def test_a_stack_may_have_less_in_a_list() -> None:
    listed = {"id": "1", "stack_name": "x", "stack_status": "CREATE_COMPLETE", "tags": None}
    assert read_object(listed, STACK, "stack") == listed
    with pytest.raises(NotUnderstood, match=r"stack\.tags is not a list"):
        read_object({**listed, "tags": "a,b"}, STACK, "stack")


TOKEN = {
    "user": {"id": "u"},
    "project": {"id": "p", "name": "demo"},
    "roles": [{"id": "1", "name": "member"}],
    "catalog": [{"type": "compute", "endpoints": [{"interface": "public", "url": "http://n"}]}],
}


def told(**more: Any) -> access.AccessInfoV3:
    return access.AccessInfoV3(body={"token": {**TOKEN, **more}}, auth_token="t")


def test_a_token_as_keystone_describes_it_is_taken() -> None:
    check_access(told())
    check_access(told(project=None))
    check_access(access.AccessInfoV3(body={"token": {"user": {"id": "u"}}}))


@pytest.mark.parametrize(
    "more",
    [
        {"user": None},
        {"user": []},
        {"user": {"id": 7}},
        {"project": "demo"},
        {"project": {"id": ["p"]}},
        {"roles": None},
        {"roles": ["member"]},
        {"roles": [{"name": None}]},
        {"catalog": None},
        {"catalog": ["compute"]},
        {"catalog": [{"type": "compute", "endpoints": None}]},
        {"catalog": [{"type": "compute", "endpoints": ["http://n"]}]},
        {"catalog": [{"type": "compute", "endpoints": [{"interface": "public", "url": 7}]}]},
    ],
    ids=str,
)
def test_a_token_in_another_form_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises((NotUnderstood, TypeError, KeyError, AttributeError)):
        check_access(told(**more))
