"""Secret values of files: on the node as they were given, and nowhere before."""

import base64
import re
import subprocess

import pytest
import yaml

from disco.clusters.preview import masked
from disco.data_files import data_dir
from disco.errors import ComponentError
from disco.heat.template.script_layout import user_data_size
from disco.heat.template.secret_values import ToldApart, file_writer
from disco.heat.template.stack import render_again, render_stack
from disco.spec import WorkerGroup
from tests.support.specs import HUGE, LARGE, SHIPPED, draft, framework, unpacked, with_base

SECRET = "s3<&'\"c $(x) \\t`"
FAMILIES = [
    ("flink", "conf.config", "s3.secret-key"),
    ("hadoop", "conf.core-site", "fs.s3a.secret.key"),
    ("hbase", "conf.hbase-site", "x"),
    ("kafka", "conf.server", "ssl.key.password"),
    ("spark", "conf.spark-defaults", "spark.hadoop.fs.s3a.secret.key"),
    ("storm", "conf.storm", "x"),
    ("zookeeper", "conf.zoo", "x"),
]
LIBRARY = data_dir() / "frameworks/shell/library.sh"
WRITE = r"^disco_file /etc/disco/[^\n]* <<'(\w+)'\n.*?^\1\n"


def rendered(name, family, key, secret, groups=()):
    """A cluster with a value in a framework's file."""
    plan, spec = draft({name: ""}, flavor=HUGE, groups=groups)
    properties = {n: dict(own) for n, own in spec.properties.items()}
    if not secret:
        properties[name][family] = {key: SECRET}
    secrets = {name: {f"secret.{family}.{key}": SECRET}} if secret else {}
    plan, spec = draft(
        {name: ""}, flavor=HUGE, groups=groups, properties=properties, secrets=secrets
    )
    return plan, spec, render_stack(SHIPPED, plan, spec)


def files(stack, role, folder):
    """Content and mode of the frameworks' files as a node of the role writes them."""
    script = unpacked(stack.user_data[role])
    told = stack.parameters.get(f"disco_secrets_{role}", "")
    facts = "".join(f"{name}=x\n" for name in set(re.findall(r"\$\{(DISCO_[A-RT-Z]\w*)\}", script)))
    facts += f"DISCO_ROOT={folder}\n"
    heard = "".join(line for line in script.splitlines(True) if "@@SECRETS@@" in line)
    writes = (m[0] for m in re.finditer(WRITE, script, re.M | re.S))
    lines = [f". {LIBRARY}\n", facts, heard.replace("@@SECRETS@@", told), *writes]
    done = subprocess.run(
        ["bash", "-ec", "".join(lines)],
        env={"PATH": "/usr/bin:/bin", "DISCO_ROOT": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return {
        path.relative_to(folder): (path.read_text(), path.stat().st_mode & 0o777)
        for path in (folder / "etc/disco").rglob("*")
        if path.is_file()
    }


def texts(found):
    """The lines of files, but those that say what pages hide."""
    hides = (
        "hadoop.security.sensitive-config-keys",
        "mapreduce.job.redacted-properties",
        "spark.redaction.regex",
    )
    return {
        path: [line for line in text.splitlines() if not any(h in line for h in hides)]
        for path, (text, _) in found.items()
    }


@pytest.mark.parametrize(("name", "family", "key"), FAMILIES)
def test_a_node_writes_a_secret_as_any_value_and_not_for_everybody(tmp_path, name, family, key):
    plain, hiding = (rendered(name, family, key, secret)[2] for secret in (False, True))
    for role in ("master", "worker"):
        openly = files(plain, role, tmp_path / f"{role}-openly")
        secretly = files(hiding, role, tmp_path / f"{role}-secretly")
        assert texts(openly) == texts(secretly)
        written = re.compile(r"s3(?:<|&lt;|\\u003c)")  # as text, in XML, in JSON
        held = [p for p, lines in texts(secretly).items() if written.search("\n".join(lines))]
        assert held, role
        assert {p for p in openly if openly[p][1] != secretly[p][1]} <= set(held)
        assert all(not secretly[p][1] & 0o227 for p in held)


@pytest.mark.parametrize(("name", "family", "key"), FAMILIES)
def test_a_secret_is_in_nothing_of_the_stack_but_a_hidden_parameter(name, family, key):
    _, _, stack = rendered(name, family, key, True)
    parameters = yaml.safe_load(stack.template)["parameters"]
    told = {n: text for n, text in stack.parameters.items() if n.startswith("disco_secrets_")}
    assert sorted(told) == ["disco_secrets_master", "disco_secrets_worker"]
    for parameter, text in told.items():
        assert parameters[parameter]["hidden"] is True
        assert "s3" in base64.b64decode(text).decode()
    rest = {n: text for n, text in stack.parameters.items() if n not in told}
    shown = [stack.template, *stack.files.values(), *map(unpacked, stack.user_data.values())]
    assert not [text for text in (*shown, *rest.values()) if "$(x)" in text]


def test_no_representation_has_a_secret():
    _, spec, stack = rendered(*FAMILIES[1], True)
    told = [base64.b64encode(b"DISCO_SECRET_").decode()[:16], "$(x)"]
    assert not [text for text in (repr(spec), repr(stack)) if any(one in text for one in told)]


def test_what_is_shown_does_not_depend_on_the_secret():
    plan, spec, stack = rendered(*FAMILIES[1], True)
    assert render_again(SHIPPED, plan, masked(spec), stack) == stack.files


def test_each_script_is_told_what_it_has_in_its_files():
    group = WorkerGroup("big", "disco-big", "image", LARGE, 1)
    secret = {"hadoop": {"secret.conf.capacity-scheduler.x": SECRET}}
    plan, spec = draft({"hadoop": ""}, flavor=HUGE, groups=(group,), secrets=secret)
    names = render_stack(SHIPPED, plan, spec).parameters
    assert [n for n in names if "secrets" in n] == ["disco_secrets_master"]
    _, _, stack = rendered(*FAMILIES[1], True, groups=(group,))
    document = yaml.safe_load(stack.template)
    sent = document["resources"]["worker_3"]["properties"]["user_data"]["str_replace"]["params"]
    assert sent["@@SECRETS@@"] == {"get_param": "disco_secrets_worker-big"}


def test_without_secrets_there_is_nothing_of_it():
    plan, spec = draft({"hadoop": ""})
    stack = render_stack(SHIPPED, plan, spec)
    assert "SECRETS" not in stack.template + unpacked(stack.user_data["master"])
    assert sorted(stack.parameters) == ["disco_attributes", "disco_notes"]


def test_they_count_for_the_limit_of_user_data():
    assert user_data_size("x", 3000) == user_data_size("x") + 4000


def test_a_secret_in_a_unit_is_refused(tmp_path):
    framework(
        tmp_path,
        "own",
        "properties: {conf.x.*: {}}\nroles: {master: {daemons: [{name: d,"
        " exec: \"/bin/true {{ properties['conf.x'].k }}\"}]}}\n",
    )
    catalogue = with_base(tmp_path)
    plan, spec = draft({"own": ""}, catalogue=catalogue, secrets={"own": {"secret.conf.x.k": "s"}})
    with pytest.raises(ComponentError, match="own: daemon d: a secret in its unit"):
        render_stack(catalogue, plan, spec)


def test_any_number_of_secrets_has_a_name_of_its_own():
    told = ToldApart()
    assert len({told.refer(n, "plain", "") for n in range(2000)}) == 2000
    assert told.refer(26, "xml", "") == "${DISCO_SECRET_AA_XML}"


def test_a_program_with_a_secret_can_still_be_run():
    class File:
        path, mode, owner = "/x", "0755", "root:root"

    assert file_writer(File, "${DISCO_SECRET_A_SH}").startswith("disco_file /x 0550 disco:")
    assert file_writer(File, "plain").startswith("disco_file /x 0755 root:root ")


@pytest.mark.parametrize(
    ("name", "family", "setting"),
    [
        ("hadoop", "conf.core-site", "hadoop.security.sensitive-config-keys"),
        ("hadoop", "conf.core-site", "mapreduce.job.redacted-properties"),
        ("spark", "conf.spark-defaults", "spark.redaction.regex"),
    ],
)
def test_a_framework_s_pages_are_told_what_to_hide(tmp_path, name, family, setting):
    hides = [
        line
        for text, _ in files(rendered(name, family, "my.key", True)[2], "master", tmp_path).values()
        for line in text.splitlines()
        if setting in line and "my.key" in line
    ]
    assert len(hides) == 1
    plain = rendered(name, family, "my.key", False)[2]
    assert setting not in unpacked(plain.user_data["master"])


def test_no_secret_of_a_framework_is_in_a_file_of_the_stack(tmp_path):
    """Whoever may read the stack may read its files."""
    given = {
        component.name: {p.name: "s3cret/value" for p in own if p.type == "secret" and not p.family}
        for component in SHIPPED.values()
        for own in [component.properties.values()]
    }
    asked = {name: "" for name, own in given.items() if own}
    assert "objectstore" in asked
    _, bare = draft(asked, flavor=HUGE)
    place = {"location": "s3a://work", "endpoint": "https://s3.example.org", "accesskey": "key"}
    properties = bare.properties | {"objectstore": {**bare.properties["objectstore"], **place}}
    plan, spec = draft(asked, flavor=HUGE, properties=properties, secrets=given)
    stack = render_stack(SHIPPED, plan, spec)
    shown = [stack.template, *stack.files.values(), *map(unpacked, stack.user_data.values())]
    assert not [text for text in shown if "s3cret" in text]
    written = r"^install -m 0440 [^\n]*/etc/disco/s3 <<X\n.*?^X$"
    for role in ("master", "worker"):
        (writes,) = re.findall(written, unpacked(stack.user_data[role]), re.M | re.S)
        told = base64.b64decode(stack.parameters[f"disco_secrets_{role}"]).decode()
        bash = f"{told}\ninstall() {{ cat; }}\n{writes}\n"
        done = subprocess.run(["bash", "-c", bash], capture_output=True, text=True, check=True)
        assert "\naws_secret_access_key=s3cret/value\n" in done.stdout
    # a preview has the same scripts, but for the hash of what stands for the password
    again = render_again(SHIPPED, plan, masked(spec), stack)
    assert again["worker.sh"] == stack.files["worker.sh"]
    assert "@@SECRETS@@" in again["master.sh"]


@pytest.mark.parametrize("secret", ["a@@SIGNAL@@b", "${DISCO_SIGNAL}", "${DISCO_SECRET_A_PLAIN}"])
def test_nothing_is_put_into_a_secret(tmp_path, monkeypatch, secret):
    monkeypatch.setattr(f"{__name__}.SECRET", secret)
    written = files(rendered("spark", "conf.spark-defaults", "x", True)[2], "master", tmp_path)
    lines = [line for text, _ in written.values() for line in text.splitlines()]
    assert f"x {secret}" in lines
