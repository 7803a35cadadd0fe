from pathlib import Path

import pytest

from disco.components.loader import load_catalogue
from disco.data_files import data_dir
from disco.errors import ComponentError

COMPONENT = """\
schema: 1
name: {name}
title: A
description: B
versions: ["1.0"]
{more}
"""


def write(folder: Path, name: str, more: str = "", **files: str) -> None:
    place = folder / name
    place.mkdir()
    (place / "component.yaml").write_text(COMPONENT.format(name=name, more=more))
    for stem, text in files.items():
        (place / f"{stem}.sh.j2").write_text(text)


def refused(folder: Path) -> ComponentError:
    with pytest.raises(ComponentError) as caught:
        load_catalogue(folder)
    return caught.value


def test_the_shipped_components_load():
    catalogue = load_catalogue(data_dir() / "frameworks")
    assert {"heat", "shell", "parameters"} <= set(catalogue)
    assert "icclab.disco.components.heat.slavecount" in catalogue.properties()
    assert "heat" not in catalogue.frameworks


def sentences(folder: Path) -> list[str]:
    """All faults, with paths from the folder on."""
    return [str(fault).replace(f"{folder}/", "") for fault in refused(folder).faults]


def test_all_faults_of_a_folder_come_at_once(tmp_path):
    more = """
colour: red
java: seventeen
roles:
  master: {install: none.sh.j2, daemons: [{name: d, exec: /bin/d, when: mode}]}
requires: {ready: [{component: nothing}]}
"""
    write(tmp_path, "a", more, install="{{ properties.size }}", smoke="{% if %}")
    assert sentences(tmp_path) == [
        'a/install.sh.j2: line 1: unknown property "size" (allowed: version)',
        "a/smoke.sh.j2: invalid Jinja template: line 1: "
        "Expected an expression, got 'end of statement block'",
        'a/component.yaml: java: invalid value "seventeen" (allowed: a whole number of at least 8)',
        'a/component.yaml: requires.ready[0].component: unknown component "nothing" (allowed: a)',
        'a/component.yaml: roles.master.install: there is no template "none.sh.j2" in the folder '
        "(allowed: install.sh.j2, smoke.sh.j2)",
        'a/component.yaml: roles.master.daemons[0].when: "mode" uses unknown names: mode '
        "(allowed: version, frameworks)",
        'a/component.yaml: unknown key "colour" (allowed: schema, name, title, description, base, '
        "states, versions, java, artifacts, python, user_python, user_jars, same_python, "
        "properties, requires, roles, ports, resources, smoke, scale_in, jobs)",
    ]


def test_properties_that_cannot_be_read_are_not_missed_elsewhere(tmp_path):
    write(tmp_path, "a", "properties: [size]", install="{{ properties.size }}")
    assert [text.partition(" (")[0] for text in sentences(tmp_path)] == [
        "a/component.yaml: properties: is a list"
    ]


def test_an_operator_reads_one_fault_a_line(tmp_path):
    write(tmp_path, "a", "colour: red\njava: 1")
    first, *lines = refused(tmp_path).message.splitlines()
    assert first == "2 faults in components:"
    assert lines == [f"  {fault}" for fault in refused(tmp_path).faults]


def test_faults_of_several_folders_come_together(tmp_path):
    write(tmp_path, "a", "colour: red")
    write(tmp_path, "b", "requires: {ready: [{component: a, state: gone}, {component: d}]}")
    write(tmp_path, "c", "[")
    (tmp_path / "d").mkdir()
    assert [text.partition(" (allowed")[0] for text in sentences(tmp_path)] == [
        "c/component.yaml: is not valid YAML: line 7, column 1: could not find expected ':'",
        "d/component.yaml: cannot be read: No such file or directory",
        'a/component.yaml: unknown key "colour"',
        # a requirement of a folder with faults of its own is not a fault
        'b/component.yaml: requires.ready[0].state: a has no state "gone"',
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not a mapping of keys to values"),
        ("[a]", "is not a mapping of keys to values"),
        ("a: 1\na: 2", 'is not valid YAML: line 2, column 1: the key "a" occurs twice'),
        ("1: a", "is not valid YAML: line 1, column 1: the key 1 is not text"),
        ("a: !!timestamp 2026-99-99", "is not valid YAML: month must be in 1..12"),
        ("a: *b", "is not valid YAML: line 1, column 4: found undefined alias"),
        ("a: !!python/object:os.system x", "is not valid YAML: line 1, column 4: could not"),
        ("a: " + "9" * 5000, "is not valid YAML: "),
    ],
)
def test_what_is_not_a_description_is_refused_with_the_reason(tmp_path, text, reason):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "component.yaml").write_text(text)
    (sentence,) = sentences(tmp_path)
    assert sentence.startswith(f"a/component.yaml: {reason}")


def test_a_template_that_is_not_text_is_named(tmp_path):
    write(tmp_path, "a")
    (tmp_path / "a" / "x.sh").write_bytes(b"\xff")
    assert sentences(tmp_path) == ["a/x.sh: is not UTF-8 text"]


def test_a_template_asks_for_declared_properties(tmp_path):
    text = "{{ properties.size }} {{ properties['conf.a'].items() }} {{ properties.version }}"
    write(tmp_path, "a", "properties: {size: {type: int}, conf.a.*: {}}", install=text)
    assert load_catalogue(tmp_path)["a"].templates["install.sh.j2"] == text


def test_a_template_gets_a_secret_by_its_name_only(tmp_path):
    write(tmp_path, "a", "properties: {pin: {type: secret}}", install="{{ properties.pin }}")
    assert sentences(tmp_path) == [
        'a/install.sh.j2: line 1: unknown property "pin" (allowed: version)'
    ]


def test_the_folder_is_the_name(tmp_path):
    write(tmp_path, "a")
    (tmp_path / "a").rename(tmp_path / "b")
    assert sentences(tmp_path) == [
        'b/component.yaml: name: "a" is not the folder\'s name (allowed: b)'
    ]


def test_a_name_is_declared_once(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder, "a")
    with pytest.raises(ComponentError) as caught:
        load_catalogue([tmp_path / "one", tmp_path / "two"])
    (fault,) = caught.value.faults
    assert fault.attribute == str(tmp_path / "two/a/component.yaml")
    assert fault.message == f'name: "a" is declared in {tmp_path / "one/a"} as well'


def test_nothing_is_read_after_loading(tmp_path):
    write(tmp_path, "a", "roles: {master: {install: install.sh.j2}}", install="echo {{ 1 }}")
    component = load_catalogue(tmp_path)["a"]
    (tmp_path / "a" / "install.sh.j2").unlink()
    assert component.templates["install.sh.j2"] == "echo {{ 1 }}"
    assert component.states == ("installed", "configured", "ready")


def test_no_two_frameworks_listen_on_one_port_of_a_node():
    catalogue = load_catalogue(data_dir() / "frameworks")
    taken: dict[tuple[str, int], str] = {}
    for component in catalogue.values():
        for port in component.ports:
            holder = taken.setdefault((port.role, port.port), component.name)
            assert holder == component.name, f"{port.port} of a {port.role}"


def test_a_folder_that_is_missing_is_a_fault(tmp_path):
    assert refused(tmp_path / "none").message == f"{tmp_path / 'none'}: is not a folder"


@pytest.mark.parametrize(
    "written", ["0123", "1_000", "0x10", "1e8", "1.10", "yes", "No", "2026-01-02", "1:30", "42"]
)
def test_a_default_is_the_text_that_was_written(tmp_path, written):
    write(tmp_path, "a", f"properties: {{word: {{default: {written}}}}}")
    assert load_catalogue(tmp_path)["a"].properties["word"].default == written


def test_choices_need_no_quotes_and_truth_values_have_all_of_yamls_words(tmp_path):
    write(tmp_path, "a", "properties: {v: {type: enum, values: [1.10, no], advertised: off}}")
    declared = load_catalogue(tmp_path)["a"].properties["v"]
    assert declared.values == ("1.10", "no")
    assert declared.advertised is False
