"""A secret that is not asked for is not shown, and a program is told so."""

from __future__ import annotations

import pytest

from disco.cli.commands.show import _check_hidden
from disco.cli.exit_status import CommandError
from disco.cli.main import parse
from disco.client import Cluster

ID = "3f2a0000-0000-4000-8000-000000000001"
SECRET = "icclab.disco.components.jupyter.password"
CLUSTER = Cluster(ID, {SECRET: "s3cret", "stack_status": "CREATE_COMPLETE"})


@pytest.mark.parametrize("form", ["value", "json", "shell"])
def test_a_program_gets_no_other_words_for_a_password(form: str) -> None:
    words = ["show", ID, "-f", form, "-c", "jupyter.password"]
    with pytest.raises(CommandError, match=r"^jupyter\.password is hidden") as refused:
        _check_hidden(CLUSTER, parse(words))
    assert (refused.value.status, refused.value.hint) == (2, "Use --secrets to show it.")


@pytest.mark.parametrize(
    "words",
    [
        ["-f", "value", "-c", "jupyter.password", "--secrets"],
        ["-f", "value", "-c", "status"],
        ["-c", "jupyter.password"],
    ],
)
def test_everything_else_is_shown(words: list[str]) -> None:
    _check_hidden(CLUSTER, parse(["show", ID, *words]))
