"""pydantic's errors become DISCO's sentences: place, value, what is allowed."""

import pytest

from disco.components.description_faults import write_place
from disco.components.loader import load_catalogue
from disco.errors import ComponentError

MINIMAL = 'schema: 1\nname: a\ntitle: A\ndescription: B\nversions: ["1.0"]\n'
ROLE_KEYS = "install, files, configure, daemons, ready"
PROPERTY_KEYS = (
    "type, values, min, max, pattern, format, accepts, title, description, required, unless, "
    "generate, advertised, default"
)
NAME = "a lower-case letter, then at most 31 lower-case letters, digits and _"


def sentences(folder, text):
    (folder / "a").mkdir()
    (folder / "a" / "component.yaml").write_text(text)
    with pytest.raises(ComponentError) as caught:
        load_catalogue(folder)
    file = str(folder / "a" / "component.yaml")
    assert all(f.attribute == file and f.code == "component" for f in caught.value.faults)
    return [str(fault).removeprefix(f"{file}: ") for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ("java: seventeen",
         'java: invalid value "seventeen" (allowed: a whole number of at least 8)'),
        ("java: true", "java: invalid value true (allowed: a whole number of at least 8)"),
        ("java: 7", "java: invalid value 7 (allowed: a whole number of at least 8)"),
        ("java:", "java: has no value (allowed: a value, or no such key)"),
        ("base: 1", "base: invalid value 1 (allowed: true or false)"),
        ("states: [a]", "states: only base components declare states (allowed: no such key)"),
        ("python: numpy",
         'python: invalid value "numpy" (allowed: a list, each entry one line of text)'),
        ("python: {numpy: 1}",
         "python: is a mapping (allowed: a list, each entry one line of text)"),
        ("python: ['{{']",
         "python[0]: invalid Jinja template: line 1: unexpected 'end of template'"),
        ("ports: [{role: master, expose: public}]",
         "ports[0].port: is required (allowed: a whole number from 1 to 65535)"),
        ("ports: [{port: 70000, role: master, expose: public}]",
         "ports[0].port: invalid value 70000 (allowed: a whole number from 1 to 65535)"),
        ("ports: [{port: 1, role: boss, expose: public}]",
         'ports[0].role: invalid value "boss" (allowed: master, worker)'),
        ("ports: [{port: 1, role: master, expose: public, when: colour}]",
         'ports[0].when: "colour" uses unknown names: colour (allowed: version, frameworks)'),
        ("properties: {A B: {}}",
         'properties: invalid key "A B" (allowed: words of letters and digits, the first in lower '
         "case, joined by ., _ or -; with .* at the end for a family of names)"),
        ("properties: {a: {type: text}}",
         'properties.a.type: invalid value "text" '
         "(allowed: str, int, bool, enum, secret, cidr, duration)"),
        ("properties: {a: {name: b}}",
         f'properties.a: unknown key "name" (allowed: {PROPERTY_KEYS})'),
        ("properties: {a: {minimum: 1}}",
         f'properties.a: unknown key "minimum"; did you mean min? (allowed: {PROPERTY_KEYS})'),
        ("properties: {a.b: x}",
         'properties["a.b"]: invalid value "x" '
         f"(allowed: a mapping with the keys {PROPERTY_KEYS})"),
        ("properties: {a: {type: int, default: x}}",
         "properties.a.default: 'x' is not a whole number (allowed: a whole number)"),
        ("properties: {a: {type: int, default: 5, max: 4}}",
         "properties.a.default: 5 is too large (allowed: a whole number of at most 4)"),
        ("properties: {a: {type: enum}}",
         "properties.a.values: are required for the type enum "
         "(allowed: a list of the values to choose from)"),
        ("properties: {a: {values: [x]}}",
         "properties.a.values: do not belong to the type str (allowed: values with the type enum)"),
        ("properties: {a: {min: 1}}",
         "properties.a.min: does not belong to the type str (allowed: with int, cidr, duration)"),
        ("properties: {a: {pattern: '('}}",
         "properties.a.pattern: is not a regular expression: "
         "missing ), unterminated subpattern at position 0"),
        ("properties: {a: {type: secret, default: x}}",
         "properties.a.default: a secret cannot have a default "
         "(allowed: generate, with its length)"),
        ("properties: {a: {generate: 8}}",
         "properties.a.generate: does not belong to the type str (allowed: with the type secret)"),
        ("properties: {a: {type: secret, generate: 1}}",
         "properties.a.generate: invalid value 1 (allowed: a whole number from 8 to 128)"),
        ("properties: {a.*: {required: true}}",
         'properties["a.*"].required: a family of names cannot be required'),
        ("properties: {a: {required: true, unless: b}}",
         'properties.a.unless: unknown property "b" (allowed: a, version)'),
        ("properties: {a: {required: true, default: b}}",
         "properties.a.default: a required property cannot have a default"),
        ("properties: {version: {}}",
         "properties.version: cannot be declared: it is made from the key versions"),
        ("requires: {done: []}",
         'requires.done: unknown state "done" (allowed: installed, configured, ready)'),
        ("requires: {ready: [{component: b}]}",
         'requires.ready[0].component: unknown component "b" (allowed: a)'),
        ("requires: {ready: [{component: a, state: gone}]}",
         'requires.ready[0].state: a has no state "gone" (allowed: installed, configured, ready)'),
        ("requires: {ready: [{component: a, when: 'mode =='}]}",
         "requires.ready[0].when: \"mode ==\" is not a Jinja expression: unexpected ')'"),
        ("roles: {manager: {}}", 'roles: invalid key "manager" (allowed: master, worker)'),
        ("roles: {master: {instal: x}}",
         f'roles.master: unknown key "instal"; did you mean install? (allowed: {ROLE_KEYS})'),
        ("roles: {master: {install: ../x.sh}}",
         'roles.master.install: invalid value "../x.sh" (allowed: the path of a template in the '
         "component's folder, such as master/install.sh.j2)"),
        ("roles: {master: {install: x.sh}}",
         'roles.master.install: there is no template "x.sh" in the folder '
         "(allowed: files that end in .j2 or .sh)"),
        ("roles: {master: {daemons: [{name: d, exec: ''}]}}",
         "roles.master.daemons[0].exec: is empty (allowed: text)"),
        ("roles: {master: {daemons: [{name: d, exec: /d, first: '{{ properties.n }}'}]}}",
         'roles.master.daemons[0].first: line 1: unknown property "n" (allowed: version)'),
        ("roles: {master: {daemons: [{name: d, exec: /d, environment: {A-B: x}}]}}",
         'roles.master.daemons[0].environment: invalid key "A-B" '
         "(allowed: the name of a variable: letters, digits and _)"),
        ("roles: {master: {ready: [{tcp: 'a:1', http: 'http://a'}]}}",
         "roles.master.ready[0].tcp: excludes http (allowed: one of http, tcp and command)"),
        ("roles: {master: {ready: [{timeout: 3}]}}",
         "roles.master.ready[0]: has nothing to ask (allowed: one of http, tcp and command)"),
        ("artifacts: [{file: a, sources: [], sha512: {'1.0': 'abc'}}]",
         "artifacts[0].sources: is empty (allowed: a list, each entry the URL of a folder, "
         "http or https)"),
        ("artifacts: [{file: a, sources: ['http://x'], sha512: {'1.0': 'abc'}}]",
         'artifacts[0].sha512["1.0"]: invalid value "abc" '
         "(allowed: a SHA-512 digest: 128 lower-case hexadecimal digits)"),
        ("artifacts: [{file: a, sources: ['http://x'], sha512: {}}]",
         "artifacts[0].sha512: one digest for each version is required; 1.0 has none"),
        ("scale_in: {keep: other}",
         'scale_in.keep: "other" uses unknown names: other '
         "(allowed: version, frameworks, workers)"),
    ],
)  # fmt: skip
def test_a_fault_is_one_sentence_with_place_value_and_what_is_allowed(tmp_path, more, sentence):
    assert sentence in sentences(tmp_path, MINIMAL + more)


def test_what_a_base_component_and_a_framework_must_declare(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    text = "schema: 1\nname: a\ntitle: A\ndescription: B\n"
    assert sentences(tmp_path / "one", text) == [
        'versions: at least one version is required (allowed: a list, such as ["3.5.0"])'
    ]
    assert sentences(tmp_path / "two", f"{text}base: true\n") == [
        "base: a base component must declare its states (allowed: with the key states)"
    ]


def test_an_empty_description_lacks_these_keys(tmp_path):
    assert [text.partition(" (")[0] for text in sentences(tmp_path, "java: 17")] == [
        "schema: is required",
        "name: is required",
        "title: is required",
        "description: is required",
        "versions: at least one version is required",
    ]


def test_a_place_is_written_as_in_json_path():
    assert write_place(["roles", "master", "daemons", 0, "exec"]) == "roles.master.daemons[0].exec"
    assert write_place(["properties", "conf.main.*", "min"]) == 'properties["conf.main.*"].min'
    assert write_place([]) == ""
