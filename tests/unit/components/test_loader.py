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


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ("colour: red", "colour"),
        ("java: seventeen", "java"),
        ("versions: ['2']", "versions"),  # a second time
        ("states: [a, b]", "states"),
        ("properties: {a: {type: text}}", "properties.a"),
        ("properties: {a: {type: int, default: x}}", "properties.a"),
        ("properties: {a: {type: int, default: 5, max: 4}}", "properties.a"),
        ("properties: {a: {type: enum}}", "properties.a"),
        ("properties: {a: {pattern: '('}}", "properties.a"),
        ("properties: {a: {type: secret, default: x}}", "properties.a"),
        ("properties: {version: {}}", "properties.version"),
        ("roles: {master: {install: none.sh.j2}}", "none.sh.j2"),
        ("roles: {master: {install: ../other/x.sh.j2}}", "roles.master.install"),
        ("roles: {manager: {}}", "manager"),
        (
            "roles: {master: {daemons: [{name: d, exec: '/bin/{{'}]}}",
            "roles.master.daemons[0].exec",
        ),
        ("roles: {master: {ready: [{tcp: 'a:1', http: 'http://a'}]}}", "roles.master.ready"),
        ("ports: [{port: 70000, role: master, expose: public}]", "ports[0].port"),
        ("requires: {ready: [{component: nothing}]}", "nothing"),
        ("requires: {done: []}", "requires.done"),
        ("requires: {ready: [{component: a, state: gone}]}", "gone"),
        ("requires: {ready: [{component: a, when: 'mode =='}]}", "requires.ready"),
        ("requires: {ready: [{component: a, when: 'mode'}]}", "mode"),
        ("smoke: {script: smoke.sh.j2}", "smoke.script"),
        ("roles: {worker: {daemons: [{name: d, exec: /x, when: 'colour'}]}}", "daemons[0].when"),
        ("roles: {worker: {daemons: [{name: d, exec: /x, first: '{{'}]}}", "daemons[0].first"),
        ("ports: [{port: 1, role: master, expose: public, when: 'colour'}]", "ports[0].when"),
        ("artifacts: [{file: a, sources: ['http://x'], sha512: {'1.0': 'abc'}}]", "sha512"),
        ("artifacts: [{file: a, sources: ['http://x'], sha512: {}}]", "digest for each version"),
        ("artifacts: [{file: '{{', sources: ['http://x'], sha512: {}}]", "artifacts[0]"),
        ("python: ['{{']", "python"),
        ("[", "YAML"),
    ],
)
def test_a_fault_names_file_and_key(tmp_path, more, key):
    write(tmp_path, "a", more)
    error = refused(tmp_path)
    assert str(tmp_path / "a" / "component.yaml") in error.message
    assert key in error.message


def test_all_faults_come_at_once(tmp_path):
    write(tmp_path, "a", "colour: red\nshape: round")
    write(tmp_path, "b", "roles: {master: {install: install.sh.j2}}", install="{% if %}")
    write(tmp_path, "c", "requires: {ready: [{component: nothing}]}")
    assert len(refused(tmp_path).faults) >= 3


def test_the_folder_is_the_name(tmp_path):
    write(tmp_path, "a")
    (tmp_path / "a").rename(tmp_path / "b")
    assert "name" in refused(tmp_path).message


def test_a_name_is_declared_once(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder, "a")
    with pytest.raises(ComponentError, match="already"):
        load_catalogue([tmp_path / "one", tmp_path / "two"])


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
    assert "none" in refused(tmp_path / "none").message
