"""How a node without systemd reads service units."""

from __future__ import annotations

from pathlib import Path

import pytest

from disco.embedded.nodes.guest import units
from disco.embedded.nodes.guest.units import Command, Unit


def unit(name: str, text: str) -> Unit:
    return Unit(name, units.parse(text))


def test_settings_add_up_and_an_empty_one_forgets() -> None:
    service = unit(
        "a.service",
        "[Service]\n# comment\nExecStart=/bin/one\nExecStart=\nExecStart=/bin/two \\\n  more\n"
        "Environment=A=1\nEnvironment=B=2\n",
    )
    assert service.commands("ExecStart") == [Command(("/bin/two", "more"))]
    assert service.all("Service.Environment") == ["A=1", "B=2"]


def test_variables_in_commands() -> None:
    command = Command.of("-/bin/x ${A}/y $B $MISSING 'c d' $$HOME")
    assert command.may_fail
    assert command.expand({"A": "1", "B": "2 3"}) == ["/bin/x", "1/y", "2", "3", "c d", "$HOME"]


@pytest.mark.parametrize(
    ("policy", "status", "again"),
    [
        ("no", 1, False),
        ("on-failure", 1, True),
        ("on-failure", -9, True),
        ("on-failure", 0, False),
        ("on-failure", 255, False),
        ("always", 0, True),
        ("on-success", 0, True),
        ("on-abnormal", 1, False),
        ("on-abnormal", -11, True),
    ],
)
def test_restart_policies(policy: str, status: int, again: bool) -> None:
    service = unit("a.service", f"[Service]\nRestart={policy}\nRestartPreventExitStatus=255\n")
    assert service.wants_restart(status) is again


@pytest.mark.parametrize(
    ("text", "expected"), [("5", 5), ("500ms", 0.5), ("1min 30s", 90), ("infinity", float("inf"))]
)
def test_time_spans(text: str, expected: float) -> None:
    assert units.seconds(text) == pytest.approx(expected)


def test_environment_files() -> None:
    variables = units.environment_file("# no\nA=1\nB='two words'\n C=\nnot a variable\n")
    assert variables == {"A": "1", "B": "two words", "C": ""}


def test_order_heeds_after_and_before() -> None:
    order = units.order_units(
        [
            unit("c.service", "[Unit]\nAfter=b.service\n"),
            unit("b.service", "[Unit]\nAfter=elsewhere.target\n"),
            unit("z.service", "[Unit]\nBefore=b.service\n"),
        ]
    )
    assert [u.name for u in order] == ["z.service", "b.service", "c.service"]


def test_cycles_do_not_hold_up_the_boot() -> None:
    order = units.order_units(
        [
            unit("a.service", "[Unit]\nAfter=b.service\n"),
            unit("b.service", "[Unit]\nAfter=a.service\n"),
        ]
    )
    assert {u.name for u in order} == {"a.service", "b.service"}


def test_units_are_found_with_drop_ins_and_instances(tmp_path: Path) -> None:
    folder = tmp_path / "etc/systemd/system"
    (folder / "w@2.service.d").mkdir(parents=True)
    (folder / "w@.service").write_text("[Service]\nExecStart=/bin/w %i\n")
    (folder / "w@2.service.d/x.conf").write_text("[Service]\nUser=nobody\n")
    (folder / "off.service").symlink_to("/dev/null")
    loaded = units.load("w@2.service", tmp_path)
    assert loaded is not None
    assert loaded.commands("ExecStart")[0].words == ("/bin/w", "2")
    assert loaded.one("Service.User") == "nobody"
    assert units.load("off.service", tmp_path) is None
    assert units.load("absent.service", tmp_path) is None
