import pytest
import yaml

from disco.cli.cluster_file import read
from disco.cli.exit_status import CommandError
from disco.cli.yaml_text import load
from disco.client import ClusterRequest, RequestError

PREFIX = "icclab.disco.components."
#: what YAML 1.1 takes for a number, a truth value, a date or a time
WRITTEN = (
    *("0123456701", "1234_5678", "1_000", "0x10", "0b11", "0o17", "1e8", "1.0e+8", "1.10", "+1"),
    *("yes", "No", "on", "OFF", "y", "true", "False", "2024-01-02", "2001-12-14t21:59:43.10-05:00"),
    *("1:30", "190:20:30", ".inf", ".NaN", "=", "0", "-0", "00"),
)


def attributes_of(tmp_path, text):
    path = tmp_path / "cluster.yaml"
    path.write_text(text)
    return ClusterRequest.from_dict(read(str(path))).to_attributes()


@pytest.mark.parametrize("written", WRITTEN)
def test_a_password_property_name_or_version_is_sent_as_it_was_written(tmp_path, written):
    sent = attributes_of(
        tmp_path,
        f"name: {written}\nimage: {written}\n"
        f"frameworks: {{spark: {written}}}\n"
        f"properties: {{jupyter: {{password: {written}}}}}\n"
        f"attributes: {{icclab.x: {written}}}\n"
        f"groups: {{big: {{count: 1, flavor: {written}}}}}\n",
    )
    assert sent[f"{PREFIX}jupyter.password"] == written
    assert sent[f"{PREFIX}heat.masterimage"] == written
    assert sent["occi.core.title"] == written
    assert sent["icclab.x"] == written
    assert sent["icclab.disco.dependencies.inject"] == f'{{"spark": "{written}"}}'
    assert sent[f"{PREFIX}heat.groups"] == f'{{"big": {{"count": 1, "flavor": "{written}"}}}}'


def test_keys_that_are_words_of_yaml_stay_words():
    assert load("{on: 1, 010: a, no: b}") == {"on": "1", "010": "a", "no": "b"}


@pytest.mark.parametrize("text", ["!!int 0x10", "!!float 1e3", "!!bool yes", "!!str 1"])
def test_a_tag_changes_no_text(text):
    assert load(text) == text.split()[1]


def test_numbers_and_truth_values_are_made_where_they_are_meant(tmp_path):
    path = tmp_path / "cluster.yaml"
    path.write_text(
        "workers: 2\nwait_condition: no\nvolume_size: 0\n"
        "groups: {g: {count: 3, antiaffinity: true}, s: {count: 1, antiaffinity: soft}}\n"
    )
    assert read(str(path)) == {
        "workers": 2,
        "wait_condition": False,
        "volume_size": 0,
        "groups": {
            "g": {"count": 3, "antiaffinity": True},
            "s": {"count": 1, "antiaffinity": "soft"},
        },
    }


@pytest.mark.parametrize("number", ["010", "1_000", "0x10", "1e2", "2.0"])
def test_a_number_that_two_readers_understand_differently_is_refused(tmp_path, number):
    with pytest.raises(CommandError, match=f'workers: must be a whole number, not "{number}"'):
        attributes_of(tmp_path, f"workers: {number}")


def test_a_file_in_json_is_read_alike(tmp_path):
    sent = attributes_of(tmp_path, '{"workers": 2, "properties": {"a": {"b": 1.10, "c": true}}}')
    assert sent[f"{PREFIX}heat.slavecount"] == "2"
    assert (sent[f"{PREFIX}a.b"], sent[f"{PREFIX}a.c"]) == ("1.10", "true")


def test_a_key_that_occurs_twice_is_refused_and_a_merge_is_not():
    with pytest.raises(yaml.YAMLError, match="the key workers occurs twice"):
        load("workers: 1\nworkers: 2\n")
    merged = load("a: &a {x: 1}\nb: {<<: *a, y: 2}\n")
    assert merged["b"] == {"x": "1", "y": "2"}


def test_a_version_that_a_program_gives_as_a_number_is_refused():
    with pytest.raises(RequestError, match=r"frameworks\.spark: the version must be text"):
        ClusterRequest.from_dict({"frameworks": {"spark": 4.10}})
