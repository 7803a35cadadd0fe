"""After the rehearsal nothing is left to be made once."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest
from jinja2 import Environment

from disco.heat.template import jinja_environment
from disco.heat.template.rehearsal import rehearse
from disco.heat.template.stack import render_stack
from tests.support.specs import HUGE, SHIPPED, draft, framework, with_base


@pytest.fixture(autouse=True)
def nothing_compiled() -> None:
    jinja_environment._environment.cache_clear()
    jinja_environment._compiled.cache_clear()


@pytest.mark.parametrize("names", [("hadoop", "spark", "jupyter"), ("kafka", "flink")])
def test_the_first_draft_compiles_nothing(names: tuple[str, ...]) -> None:
    rehearse(SHIPPED)
    with mock.patch.object(Environment, "compile", side_effect=AssertionError("compiled")):
        assert render_stack(SHIPPED, *draft(dict.fromkeys(names, ""), flavor=HUGE)).template


def test_a_framework_that_cannot_be_rendered_keeps_no_service_from_starting(
    tmp_path: Path,
) -> None:
    role = "roles: {master: {configure: configure.sh.j2}}\n"
    framework(tmp_path, "broken", role, **{"configure.sh": "{{ no.such.thing }}"})
    rehearse(with_base(tmp_path))
