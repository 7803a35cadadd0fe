"""Key pairs and passwords that can be computed again, and by nobody else."""

from __future__ import annotations

import subprocess
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from disco.derived_secrets import PASSWORD_ALPHABET, KeyPair, derive_password, find_key_pair

SECRET = b"0123456789abcdef0123456789abcdef"
OTHER = b"fedcba9876543210fedcba9876543210"


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
