import pytest
from pydantic import TypeAdapter, ValidationError

from disco.components import fields
from disco.components.fields import FolderContext, quote

CONTEXT = FolderContext(
    folder_name="tool",
    keys=frozenset(),
    states=("installed", "ready"),
    versions=("1.0",),
    variables=frozenset({"mode"}),
    property_names=frozenset({"mode"}),
    template_names=frozenset({"mode"}),
    templates=frozenset({"install.sh.j2"}),
    components={"tool": ("installed", "ready"), "shell": None},
)


def check(kind, value, context=CONTEXT):
    return TypeAdapter(kind).validate_python(value, strict=True, context=context)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (fields.Line, ["", "a b"], ["a\nb"]),
        (fields.Name, ["a", "a_1", "a" * 32], ["A", "1a", "a-b", "a" * 33, "a\n", ""]),
        (fields.PropertyName, ["a", "conf.log-level.*", "a.B"], ["A", "a.", "a.*.b", "a b"]),
        (fields.Version, ["3", "3.5.0-rc1+x"], ["v3", "", "3 4"]),
        (fields.NodePath, ["/etc/a"], ["etc/a", "/a b", "/a'b"]),
        (fields.UserName, ["disco", "_apt"], ["Root", "a b", ""]),
        (fields.Owner, ["root:root"], ["root", "root:"]),
        (fields.FileMode, ["644", "0755"], ["999", "rw", "00644"]),
        (fields.DaemonName, ["name-node"], ["name_node", "-a"]),
        (fields.EnvironmentName, ["JAVA_HOME", "_a"], ["A-B", "1A"]),
        (fields.UrlPath, ["/status"], ["status"]),
        (fields.Sha512, ["0" * 128], ["0" * 127, "G" * 128]),
        (fields.Seconds, [1, 7200], [0, 7201]),
        (fields.TemplatePath, ["install.sh.j2"], ["../x.j2", "/x.j2", "a..j2", "other.sh.j2"]),
        (fields.FileName, ["a-1.tgz", "{{ component.version }}.tgz"], ["a/b", "a b", "{{"]),
        (fields.Url, ["https://example.org"], ["ftp://example.org", "http://{{"]),
        (fields.NonEmptyTemplateText, ["a"], ["", "{{"]),
        (fields.RequirementCondition, ["mode == 'x'"], ["", "frameworks", "mode =="]),
        (fields.Condition, ["'x' in frameworks"], ["workers", "a\nb"]),
        (fields.WorkerNumber, ["workers // 2"], ["other"]),
        (fields.ComponentName, ["tool", "shell"], ["other"]),
        (fields.OwnState, ["ready"], ["configured"]),
    ],
)
def test_a_type_takes_these_values_and_refuses_those(kind, good, bad):
    for value in good:
        assert check(kind, value) == value
    for value in bad:
        with pytest.raises(ValidationError):
            check(kind, value)


def test_lists_become_tuples_and_mappings_cannot_be_changed():
    assert check(fields.Items[str], ["a", "a"]) == ("a", "a")
    with pytest.raises(ValidationError, match='contains "a" twice'):
        check(fields.UniqueItems[str], ["a", "b", "a"])
    for empty in (fields.NonEmptyItems[str], fields.NonEmptyUniqueItems[str]):
        with pytest.raises(ValidationError):
            check(empty, [])
    table = check(fields.Table[str, int], {"a": 1})
    with pytest.raises(TypeError):
        table["a"] = 2


def test_numbers_and_truth_values_are_kept_as_text():
    assert [check(fields.Scalar, v) for v in (3, True, False, "x")] == ["3", "true", "false", "x"]
    assert check(fields.TemplateScalar, 3) == "3"
    for kind, value in ((fields.Scalar, 1.5), (fields.Scalar, []), (fields.TemplateScalar, True)):
        with pytest.raises(ValidationError):
            check(kind, value)


def test_without_a_folder_only_the_value_itself_is_checked():
    assert check(fields.TemplatePath, "other.sh.j2", None) == "other.sh.j2"
    assert check(fields.Condition, "other == 1", None) == "other == 1"
    assert check(fields.ComponentName, "other", None) == "other"
    assert check(fields.OwnState, "other", None) == "other"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a", '"a"'),
        (3, "3"),
        (True, "true"),
        (None, "null"),
        ([1], "a list"),
        ({}, "a mapping"),
        ("x" * 100, '"' + "x" * 56 + "..."),
    ],
)
def test_a_value_is_quoted_for_a_sentence(value, shown):
    assert quote(value) == shown
