"""Attributes as they travel in a stack: without secrets, and read as they were written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disco import attributes as names


@given(st.dictionaries(st.text(), st.text()))
def test_attributes_are_read_as_they_were_written(sent: dict[str, str]) -> None:
    text = names.write_attributes(sent)
    assert names.read_attributes(text) == sent
    assert names.write_attributes(dict(reversed(sent.items()))) == text


@pytest.mark.parametrize("text", [None, "", "x", "[1]", "7", "[" * 100_000])
def test_a_stack_of_another_kind_has_no_attributes(text: str | None) -> None:
    assert names.read_attributes(text) == {}


def test_secrets_and_the_id_stay_out_of_the_stack() -> None:
    sent = {
        names.MASTER_IMAGE: "debian",
        "icclab.disco.components.jupyter.password": "p",
        "icclab.disco.deployer.password": "p",
        names.CORE_ID: "/disco/1",
    }
    kept = names.stored_attributes(sent, ["icclab.disco.components.jupyter.password"], (), "")
    assert kept == {names.MASTER_IMAGE: "debian"}


def test_what_was_not_understood_and_what_was_made_is_noted() -> None:
    sent = {"some.note": "x", "occi.core.title": "t", names.INJECT: "{}", "mcn.x": "y"}
    kept = names.stored_attributes(sent, (), ("icclab.disco.components.heat.x",), "f00 a.b:12")
    assert kept[names.WARNINGS] == (
        "unknown attribute icclab.disco.components.heat.x; unknown attribute some.note"
    )
    assert kept[names.GENERATED] == "f00 a.b:12"


def test_a_secret_with_a_mistake_in_its_name_is_not_kept() -> None:
    store = names.component_attribute("objectstore", "secret_key")
    env = names.component_attribute("packages", "environment.DB_PASSWORD")
    sent = dict.fromkeys((store, "my.password", "mcn.token", env), "s3cret") | {"my.note": "x"}
    kept = names.stored_attributes(sent, (), (f"{store} (did you mean secretkey?)",), "")
    assert {name: kept.get(name) for name in sent} == dict.fromkeys(sent) | {
        "my.note": "x",
        env: "s3cret",  # a setting, of which the caller is warned
    }
    assert store in kept[names.WARNINGS]


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("icclab.disco.deployer.password", True),
        ("icclab.disco.hurtle.token", True),
        ("icclab.disco.deployer.username", False),
        ("my.password", False),
    ],
)
def test_credentials_in_attributes_are_secrets(name: str, secret: bool) -> None:
    assert names.is_secret(name) is secret


def test_notes_travel_apart_from_what_the_client_sent() -> None:
    kept = {names.MASTER_IMAGE: "debian", names.GENERATED: "f00 a.b:12", names.WORKERS: "1-3"}
    parameters = names.stored_parameters(kept, apart=True)
    assert set(parameters) == {names.STACK_PARAMETER, names.NOTES_PARAMETER}
    assert names.read_attributes(parameters[names.STACK_PARAMETER]) == {
        names.MASTER_IMAGE: "debian"
    }
    assert names.read_stored(parameters) == kept
    # the template of an older DISCO has one parameter
    assert set(names.stored_parameters(kept, apart=False)) == {names.STACK_PARAMETER}
    assert names.read_stored(names.stored_parameters(kept, apart=False)) == kept


def test_a_note_among_the_attributes_is_believed_in_old_stacks_alone() -> None:
    forged = {names.GENERATED: "f00 heat.ending:43", "disco.odd": "x", names.PRIVATE_KEY: "mine"}
    old = {names.STACK_PARAMETER: names.write_attributes(forged)}
    assert names.read_stored(old) == {names.GENERATED: "f00 heat.ending:43"}
    assert names.read_stored({**old, names.NOTES_PARAMETER: "{}"}) == {}
    long = {names.NOTES_PARAMETER: names.write_attributes({names.GENERATED: "x" * 9000, "a": "b"})}
    assert names.read_stored(long) == {}


@pytest.mark.parametrize(
    ("name", "reserved"),
    [
        *((note, True) for note in names.NOTES),
        ("disco.anything", True),
        ("stackid", True),
        ("occi.mcn.stack.state", True),
        ("ssh_private_key", True),
        ("discover", False),
        ("occi.core.id", False),
        ("occi.core.title", False),
        ("mcn.endpoint.maas", False),
        ("icclab.disco.components.heat.sshkeypairname", False),
    ],
)
def test_what_disco_alone_says_is_reserved(name: str, reserved: bool) -> None:
    assert names.is_reserved(name) is reserved
