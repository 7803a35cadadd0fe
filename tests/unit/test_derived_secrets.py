"""Key pairs and passwords that can be computed again, and by nobody else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disco.derived_secrets import (
    PASSWORD_ALPHABET,
    KeyPair,
    choose_key_pair,
    component_secrets,
    derive_password,
    find_key_pair,
    fingerprint,
    generated_names,
    generated_note,
    read_generated,
)

SECRET = b"0123456789abcdef0123456789abcdef"
OTHER = b"fedcba9876543210fedcba9876543210"
KNOWN = ("jupyter.password", "ray.token")


def test_openssh_reads_the_private_key_and_finds_the_public_one(tmp_path: Path) -> None:
    pair = KeyPair(SECRET, "project", "cluster")
    path = tmp_path / "key"
    path.touch(mode=0o600)
    path.write_text(pair.private)
    found = subprocess.run(
        ["ssh-keygen", "-y", "-f", str(path)], capture_output=True, text=True, check=True
    )
    assert found.stdout.split()[:2] == pair.public.split()[:2]


def test_the_private_key_is_the_same_text_each_time() -> None:
    assert KeyPair(SECRET, "p", "c").private == KeyPair(SECRET, "p", "c").private
    assert KeyPair(SECRET, "p", "c").private != KeyPair(SECRET, "p", "d").private


def test_the_pair_depends_on_secret_project_and_cluster() -> None:
    pairs = {
        KeyPair(*arguments).public
        for arguments in (
            (SECRET, "p", "c"),
            (OTHER, "p", "c"),
            (SECRET, "q", "c"),
            (SECRET, "p", "d"),
            # ids must not run into each other
            (SECRET, "pc", ""),
        )
    }
    assert len(pairs) == 5


def test_an_older_secret_still_finds_its_pair() -> None:
    public = KeyPair(OTHER, "p", "c").public
    found = find_key_pair((SECRET, OTHER), "p", "c", public)
    assert found is not None
    assert found.public == public
    assert find_key_pair((SECRET,), "p", "c", public) is None


@given(st.text(max_size=20), st.integers(min_value=1, max_value=200))
def test_passwords_have_the_length_asked_for_and_plain_characters(purpose: str, size: int) -> None:
    password = derive_password(SECRET, purpose, "p", "c", size)
    assert len(password) == size
    assert set(password) <= set(PASSWORD_ALPHABET)
    assert password == derive_password(SECRET, purpose, "p", "c", size)


def test_the_user_s_key_comes_before_a_derived_one() -> None:
    assert choose_key_pair(SECRET, "p", "c", "mine", "ssh-ed25519 AAAA") == ("mine", None)
    name = "disco_sshkey-disco_c"
    assert choose_key_pair(SECRET, "p", "c", None, "ssh-ed25519 AAAA") == (name, "ssh-ed25519 AAAA")
    derived = KeyPair(SECRET, "p", "c").public
    assert choose_key_pair(SECRET, "p", "c", None, None) == (name, derived)


def test_generated_passwords_are_found_again_by_their_note() -> None:
    wanted = {"jupyter": {"password": 16}, "ray": {"token": 32}}
    given = {"jupyter": {"salt": "x"}}
    made = component_secrets(OTHER, "p", "c", given, wanted)
    assert made["jupyter"]["salt"] == "x" and len(made["ray"]["token"]) == 32
    note = generated_note(OTHER, wanted)
    again = read_generated((SECRET, OTHER), "p", "c", note, KNOWN)
    assert again == {
        "jupyter.password": made["jupyter"]["password"], "ray.token": made["ray"]["token"]
    }  # fmt: skip
    assert read_generated((SECRET,), "p", "c", note, KNOWN) == {}
    assert generated_note(SECRET, {}) == ""
    assert read_generated((SECRET,), "p", "c", "", KNOWN) == {}
    assert generated_names(note) == generated_names(generated_note(SECRET, wanted))


@pytest.mark.parametrize(
    "entry",
    [
        "jupyter.password:20000000", "jupyter.password:7", "jupyter.password:129",
        "jupyter.password:x", "jupyter.password:", "jupyter.password", "jupyter.password:-16",
        "jupyter.password:" + "9" * 5000, "jupyter.password:\u0661\u0666", "heat.ending:43",
        "ssh-key:32", ":16", ":",
    ],
)  # fmt: skip
def test_a_note_that_somebody_else_wrote_reveals_nothing(entry: str) -> None:
    note = f"{fingerprint(SECRET)} {entry} ray.token:32"
    assert list(read_generated((SECRET,), "p", "c", note, KNOWN)) == ["ray.token"]
