"""A cluster's name is good for every command, and two of one name are told apart."""

from __future__ import annotations

from tests.support.shell import SMALL, Shell


def test_a_name_is_a_handle_until_another_cluster_has_it(shell: Shell) -> None:
    first = shell.create(*SMALL, "--name", "twin", "--ttl", "3h")
    listed = {c["id"]: c for c in shell.call("list", "-f", "json").json}
    assert listed[first]["name"] == "twin"
    assert listed[first]["created"] and listed[first]["ends"]
    assert shell.call("show", "twin", "-f", "value", "-c", "id").out == f"{first}\n"
    assert shell.call("scale", "twin", "2", "-f", "json").json["workers"] == 2
    second = shell.create(*SMALL, "--name", "twin")
    refused = shell.call("delete", "twin")
    assert refused.status == 2
    assert first in refused.err and second in refused.err
    assert shell.call("show", "twim").err.startswith('disco: Unknown cluster "twim". Did you mean')
    assert shell.call("delete", first).status == 0
    assert shell.call("delete", "twin").status == 0  # there is only one now
    assert second not in shell.call("list", "-q").out


def test_what_follows_a_create_is_said(shell: Shell) -> None:
    made = shell.call("create", "jupyter", *SMALL, "--flavor", "m1.medium", "--name", "notes")
    assert made.status == 0, made.err
    assert "password: disco show notes --secrets -f value -c jupyter.password" in made.out
    assert "disco delete notes" in made.out
    password = shell.call("show", "notes", "--secrets", "-f", "value", "-c", "jupyter.password")
    assert len(password.out.strip()) == 24
    assert shell.call("delete", "notes").status == 0


def test_the_only_external_network_is_used(shell: Shell) -> None:
    done = shell.call("preview", "dask", "--image", "debian-12", "--flavor", "m1.small")
    assert done.status == 0, done.err
    assert "disco: Using --external-network public." in done.err
    assert "disco-worker-2" in done.out


def test_what_a_cluster_can_be_made_of(shell: Shell) -> None:
    rows = shell.call("choices", "-f", "json").json
    found = {(row["kind"], row["name"]) for row in rows}
    for choice in (
        ("images", "debian-12"),
        ("flavors", "m1.small"),
        ("external-networks", "public"),
        ("frameworks", "dask"),
    ):
        assert choice in found


def test_a_mistyped_property_is_refused_and_forced(shell: Shell) -> None:
    words = ("jupyter", *SMALL, "--flavor", "m1.medium", "-p", "jupyter.pasword=eight letters")
    refused = shell.call("preview", *words)
    assert refused.status == 2
    assert 'Unknown property "jupyter.pasword". Did you mean "jupyter.password"?' in refused.err
    assert "eight letters" not in refused.err
    assert shell.call("preview", *words, "--force").status == 0
