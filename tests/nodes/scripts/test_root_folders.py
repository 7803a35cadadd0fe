"""Root does not work in folders that are somebody else's: what lies there may be a trap."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.nodes.scripts.conftest import SHELL, Node
from tests.nodes.scripts.test_rendered import script
from tests.support.shipped import CATALOGUE

FRAMEWORKS = sorted(name for name, component in CATALOGUE.items() if not component.base)
#: what is below is the user's whose the folder is
GIVEN = r"(?:/var/lib/disco/(?!ending|\$|\{)\w+|/home/disco)"
AS_USER = re.compile(r"\b(?:runuser -u disco -- |runuser -l |disco_login )")


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """The scripts of both roles with every framework in them, without comments."""
    roles = ("master", "worker")
    whole = [script(role, name) for name in FRAMEWORKS for role in roles]
    return [re.sub(r"\\\n\s*", "", text) for text in whole]


def commands(texts: list[str], pattern: str) -> set[str]:
    """The lines with a command, which root runs."""
    lines = {line.strip() for text in texts for line in text.splitlines()}
    return {x for x in lines if re.search(pattern, x) and not AS_USER.search(x)}


def test_root_s_python_takes_nothing_from_the_folder_that_it_runs_in(texts: list[str]) -> None:
    used = commands(texts, r"(^|[ (/|;])python3? .*(-c|-m|- |-$)")
    assert len(used) >= 8
    assert [line for line in used if not re.search(r"python3? -I ", line)] == []


def test_users_jobs_take_nothing_from_it_either(texts: list[str]) -> None:
    """Else a file json.py among somebody's notebooks makes the check of a good cluster fail."""
    lines = {x.strip() for text in texts for x in text.splitlines() if AS_USER.search(x)}
    used = {x for x in lines if re.search(r"/?\bpython3? ", x)}
    assert len(used) >= 7
    assert [x for x in used if not re.search(r"python3? -I ", x)] == []


def test_root_never_goes_to_a_folder_of_users(texts: list[str]) -> None:
    assert commands(texts, rf"\bcd [\"']?{GIVEN}") == set()


def test_root_makes_and_writes_nothing_below_a_folder_of_users(texts: list[str]) -> None:
    """A folder that is there may have become a link to another one."""
    verbs = r"(?:install -d|mkdir|chown|chmod|chgrp|tee|disco_file|ln|mv|cp) .*"
    doing = rf"(?:\b{verbs}|\s\d?>{{1,2}}\s*)"
    assert commands(texts, rf"{doing}{GIVEN}/") == set()
    assert commands(texts, rf"install -d .*{GIVEN}(?: |$)"), (
        "the folders themselves are root's to make"
    )


def test_root_gives_no_folder_away_that_it_goes_on_to_use() -> None:
    found = []
    for path in sorted(SHELL.parent.glob("*/*.j2")):
        text = path.read_text()
        for name in re.findall(r"^\s*(\w+)=\$\(mktemp", text, re.M):
            found += [f"{path.name}: {x}" for x in re.findall(rf"chown .*\${name}\b.*", text)]
    assert found == []


#: Python's modules that smoke jobs import
PLANTED = ("re", "sys", "json", "pathlib", "urllib", "io", "time", "zipfile")


@pytest.mark.parametrize("framework", ["kafka", "flink"])
def test_a_smoke_job_of_root_s_runs_nothing_that_a_user_planted(
    node: Node, tmp_path: Path, framework: str
) -> None:
    """As on a node, where /var/lib/disco is another one."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False).returncode:
        pytest.skip("mounting needs root")
    folder, marker = tmp_path / "given" / framework, tmp_path / "planted"
    folder.mkdir(parents=True)
    for module in PLANTED:
        (folder / f"{module}.py").write_text(f"open({str(marker)!r}, 'w').close()\n")
    function = rf"^smoke_{framework}\(\) \{{\n.*?^\}}\n(?=\n*(?:smoke_|disco_step))"
    text = re.search(function, script("master", framework), re.M | re.S)
    assert text is not None
    stubs = "wait_for() { :; }\nwait_http() { :; }\nrunuser() { cat >/dev/null; }\n"
    given = f"mount --bind {tmp_path}/given /var/lib/disco"
    mount = f"mount -t tmpfs none /var/lib && mkdir /var/lib/disco && {given} && exec bash -c"
    done = subprocess.run(
        [
            "unshare",
            "-m",
            "bash",
            "-c",
            f'{mount} "$0"',
            node.text(f"{stubs}{text[0]}smoke_{framework}"),
        ],
        env=node.environment(DISCO_ROLE="master"),
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    assert b"Traceback" in done.stderr or b"should be" in done.stderr, done.stderr
    assert not marker.exists(), done.stderr
