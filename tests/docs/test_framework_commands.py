"""Each command of docs/frameworks.md is run by a test on nodes."""

from __future__ import annotations

import re
from pathlib import Path

from tests.frameworks import documented

FRAMEWORKS = Path(documented.__file__).parent


def test_there_is_an_answer_for_each_command_of_the_page() -> None:
    wanted = {s: sorted(names) for s, names in documented.commands().items()}
    known = {s: sorted(answers) for s, answers in documented.ANSWERS.items()}
    elsewhere = {s: wanted[s] for s in documented.ELSEWHERE} | documented.IN_NO_REGISTRY
    assert wanted == known | elsewhere
    assert sum(map(len, wanted.values())) > 15


def test_a_test_on_nodes_runs_the_commands_of_each_section() -> None:
    files = {path.name: path.read_text() for path in FRAMEWORKS.glob("test_*.py")}
    run = {
        section
        for text in files.values()
        for section in re.findall(r'documented\.run\(cluster, "([^"]+)"', text)
    }
    assert run == set(documented.ANSWERS)
    assert set(documented.ELSEWHERE.values()) <= files.keys()
