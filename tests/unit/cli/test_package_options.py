"""Options for packages, libraries, a script and variables, and the file beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from disco.attributes import (
    APT,
    BOOTSTRAP,
    BOOTSTRAP_WHEN,
    DATA_SCIENCE,
    ENVIRONMENT_PREFIX,
    JARS,
    PIP,
)
from disco.cli.cluster_options import request_of
from disco.cli.exit_status import CommandError, Status
from disco.cli.main import parse
from disco.user_packages import read_bootstrap

FILE = """
apt: [htop, tree]
pip: [polars, "numpy>=1,<3"]
jars: ["g:a:1"]
datascience: false
bootstrap: |
  #!/bin/bash
  echo "of the file"
bootstrap_when: before
environment: {TZ: UTC, LEVEL: 3}
"""


def attributes(*words: str) -> dict[str, str]:
    return request_of(parse(["create", *words])).to_attributes()


def refusal(*words: str) -> str:
    with pytest.raises(CommandError) as caught:
        attributes(*words)
    assert caught.value.status == Status.USAGE
    return str(caught.value)


def test_options_become_attributes(tmp_path: Path) -> None:
    script = tmp_path / "setup.sh"
    script.write_text("echo hi\n")
    words = ["--apt", "htop", "--apt", "tree", "--pip", "polars", "--pip", "numpy>=1,<3"]
    words += ["--jar", "g:a:1", "--jar", "g:b:2", "--env", "TZ=UTC", "--env", "A=b=c"]
    words += ["--bootstrap", str(script), "--bootstrap-when", "before", "--datascience"]
    found = attributes("dask", *words)
    assert found[APT] == "htop,tree"
    assert found[PIP] == "polars,numpy>=1,<3"
    assert found[JARS] == "g:a:1,g:b:2"
    assert found[f"{ENVIRONMENT_PREFIX}TZ"] == "UTC"
    assert found[f"{ENVIRONMENT_PREFIX}A"] == "b=c"
    assert (found[BOOTSTRAP_WHEN], found[DATA_SCIENCE]) == ("before", "true")
    assert read_bootstrap(found[BOOTSTRAP]).text == "echo hi\n"


def test_a_file_says_the_same_and_options_override_it(tmp_path: Path) -> None:
    path = tmp_path / "cluster.yaml"
    path.write_text(FILE)
    found = attributes("-f", str(path))
    assert (found[APT], found[PIP], found[JARS]) == ("htop,tree", "polars,numpy>=1,<3", "g:a:1")
    assert read_bootstrap(found[BOOTSTRAP]).text == '#!/bin/bash\necho "of the file"\n'
    assert (found[BOOTSTRAP_WHEN], found[DATA_SCIENCE]) == ("before", "false")
    over = attributes("-f", str(path), "--pip", "dask-ml", "--env", "TZ=CET")
    assert over[PIP] == "dask-ml"
    assert over[f"{ENVIRONMENT_PREFIX}TZ"] == "CET"
    assert over[f"{ENVIRONMENT_PREFIX}LEVEL"] == "3"


def test_a_line_in_a_file_is_the_name_of_a_script_beside_it(tmp_path: Path) -> None:
    (tmp_path / "setup.sh").write_text("echo beside\n")
    path = tmp_path / "cluster.yaml"
    path.write_text("bootstrap: setup.sh\n")
    assert read_bootstrap(attributes("-f", str(path))[BOOTSTRAP]).text == "echo beside\n"
    path.write_text("bootstrap: other.sh\n")
    assert "Cannot use other.sh" in refusal("-f", str(path))
    assert read_bootstrap(
        attributes("-f", str(path), "--bootstrap", str(tmp_path / "setup.sh"))[BOOTSTRAP]
    )


def test_nothing_is_sent_of_what_is_not_said() -> None:
    assert not [name for name in attributes("dask") if ".packages." in name]


def test_an_address_is_sent_as_it_is() -> None:
    url = f"https://example.org/s.sh#sha512={'ab' * 64}"
    assert attributes("--bootstrap", url)[BOOTSTRAP] == url
    assert "has no digest" in refusal("--bootstrap", "https://example.org/s.sh")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), (b"\xff\xfe", "not text in UTF-8"),
     (b"x" * 50_000, "50000 bytes"), (b"\x7fELF\x00", "U+007F")],
)  # fmt: skip
def test_what_is_no_script_is_refused_before_anything_is_sent(
    tmp_path: Path, content: bytes, words: str
) -> None:
    script = tmp_path / "setup.sh"
    script.write_bytes(content)
    said = refusal("--bootstrap", str(script))
    assert words in said
    assert str(script) in said


def test_a_script_with_the_line_ends_of_windows_is_sent_with_those_of_nodes(tmp_path: Path) -> None:
    script = tmp_path / "setup.sh"
    script.write_bytes(b"echo a\r\necho b\r\n")
    found = attributes("--bootstrap", str(script))[BOOTSTRAP]
    assert read_bootstrap(found).text == "echo a\necho b\n"


def test_a_script_that_is_not_there_is_named() -> None:
    assert "Cannot use no-such.sh as the bootstrap script (no such" in refusal(
        "--bootstrap", "no-such.sh"
    )


def test_a_variable_has_a_name_and_its_value_is_not_repeated() -> None:
    assert refusal("--env", "secret words") == 'Invalid --env "secret words". Use NAME=VALUE.'
