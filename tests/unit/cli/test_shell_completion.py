"""Nothing that a command lists is run by a shell that completes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from disco.cli.main import build_parser
from disco.cli.shell_completion import DYNAMIC, PLAIN, script

HOSTILE = "$(touch ran)\\n`touch ran`\\n;touch ran\\n-x\\n../x\\n3f2a\\n\\033[2J\\n${HOME}"


def test_bash_completes_names_alone(tmp_path: Path) -> None:
    fake = tmp_path / "disco"
    fake.write_text(f"#!/bin/sh\nprintf '{HOSTILE}'\n")
    fake.chmod(0o755)
    (tmp_path / "completion").write_text(script("bash", build_parser()))
    typed = "source ./completion; COMP_WORDS=(disco show ''); COMP_CWORD=2; _disco; "
    done = subprocess.run(
        ["bash", "--norc", "-c", f'{typed} printf "%s\n" "${{COMPREPLY[@]}}"'],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["3f2a"]
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_s_lists_are_filtered(shell: str) -> None:
    text = script(shell, build_parser())
    for command in DYNAMIC.values():
        assert command.endswith(PLAIN)
        assert command in text
