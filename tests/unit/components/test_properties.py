import pytest

from disco.components.models import Requirement
from disco.components.properties import check_properties, list_open_secrets
from disco.components.values import Property
from disco.errors import InvalidRequest
from tests.support.components import catalogue, component
from tests.support.shipped import CATALOGUE

PREFIX = "icclab.disco.components."
COMPONENTS = catalogue(
    component(
        "tool",
        needs=[Requirement(component="deep", when="mode == 'far'")],
        properties=[
            Property(name="count", type="int", default="3", minimum=1, maximum=9),
            Property(name="on", type="bool"),
            Property(name="mode", type="enum", default="near", values=("near", "far")),
            Property(name="net", type="cidr"),
            Property(name="name", type="str", pattern="[a-z]+"),
            Property(name="password", type="secret", generate=24),
            Property(name="pin", type="secret", pattern="[0-9]{4}"),
            Property(name="conf.main.*", type="str"),
            Property(name="limit.*", type="int", minimum=0),
        ],
    ),
    component("deep", properties=[Property(name="key", required=True)]),
    heat=[Property(name="image", required=True), Property(name="flavor", required=True)],
)
HEAT = {f"{PREFIX}heat.image": "i", f"{PREFIX}heat.flavor": "f"}


def check(injected=None, **given):
    attributes = {f"{PREFIX}{n.replace('__', '.')}": v for n, v in given.items()}
    return check_properties(COMPONENTS, HEAT | attributes, injected or {"tool": ""})


def test_values_are_typed_and_defaults_filled_in():
    values = check(tool__on="Yes", tool__net="10.0.0.0/8", tool__count="+7").values["tool"]
    assert values["on"] is True
    assert values["count"] == 7
    assert values["net"] == "10.0.0.0/8"
    assert values["mode"] == "near"
    assert values["name"] is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("count", "two"),
        ("count", "0"),
        ("count", "-1"),
        ("count", "1e9"),
        ("count", "1_0"),
        ("count", "9" * 4000),
        ("count", "٣"),
        ("on", "maybe"),
        ("mode", "middle"),
        ("net", "10.0.0.1/8"),
        ("net", "::/0"),
        ("name", "Upper"),
        ("name", "two\nlines"),
        ("name", "bell\x07"),
        ("name", "x" * 5000),
        ("limit.a", "-1"),
    ],
)
def test_a_bad_value_is_a_fault_of_its_attribute(name, text):
    checked = check_properties(COMPONENTS, HEAT | {f"{PREFIX}tool.{name}": text}, {"tool": ""})
    assert [f.attribute for f in checked.faults] == [f"{PREFIX}tool.{name}"]
    assert checked.faults[0].allowed
    with pytest.raises(InvalidRequest):
        checked.raise_faults()


def test_missing_ones_are_named_all_at_once():
    checked = check_properties(COMPONENTS, {f"{PREFIX}heat.image": " "}, {})
    assert {f.attribute for f in checked.faults} == {f"{PREFIX}heat.image", f"{PREFIX}heat.flavor"}


def test_a_component_that_the_request_leads_to_misses_its_properties():
    assert not check().faults
    far = check(tool__mode="far")
    assert [f.attribute for f in far.faults] == [f"{PREFIX}deep.key"]


def test_what_nobody_knows_is_no_fault_and_gets_a_suggestion():
    checked = check(tool__cuont="3", nothing__at__all="x")
    assert not checked.faults
    assert len(checked.unknown) == 2
    assert f"{PREFIX}tool.count" in checked.unknown[0]


def test_a_family_is_a_dictionary_of_what_follows_its_prefix():
    name = f"{PREFIX}tool.conf.main.spark.executor.memory"
    checked = check_properties(COMPONENTS, HEAT | {name: "2g"}, {"tool": ""})
    assert checked.values["tool"]["conf.main"] == {"spark.executor.memory": "2g"}
    assert checked.values["tool"]["limit"] == {}
    bare = check_properties(COMPONENTS, HEAT | {f"{PREFIX}tool.conf.main.": "2g"}, {})
    assert bare.unknown


def test_secrets_are_kept_apart_and_out_of_sight():
    checked = check(tool__password="hunter2", tool__pin="12ab")
    assert checked.secrets["tool"]["password"] == "hunter2"
    assert "password" not in checked.values["tool"]
    assert checked.secret_attributes == (f"{PREFIX}tool.password", f"{PREFIX}tool.pin")
    assert "hunter2" not in repr(checked)
    assert "12ab" not in repr(checked)
    assert checked.wanted == {}
    assert check().wanted == {"tool": {"password": 24}}


HEAT_FAULTS = [
    ("slavecount", "-1"),
    ("slavecount", "0"),
    ("slavecount", "1000000000"),
    ("slavecount", "two"),
    ("cidr", "192.168.0.0/30"),
    ("cidr", "10.0.0.0/8"),
    ("dnsnameservers", "one.example"),
    ("timeout", "4"),
    ("slavename", "Worker_1"),
    ("mastername", "-x"),
    ("sshpublickey", "-----BEGIN OPENSSH PRIVATE KEY-----"),
]


@pytest.mark.parametrize(("name", "text"), HEAT_FAULTS)
def test_the_shipped_attributes_refuse(name, text):
    checked = check_properties(CATALOGUE, {f"{PREFIX}heat.{name}": text}, {})
    assert f"{PREFIX}heat.{name}" in {f.attribute for f in checked.faults}


def test_the_shipped_attributes_take_what_clients_send():
    sent = {
        "masterimage": "img-m",
        "slaveimage": "img-s",
        "masterflavor": "fl-m",
        "slaveflavor": "fl-s",
        "slavecount": "2",
        "networkname": "net1",
        "externalnetworkname": "public",
        "sshkeypairname": "mine",
        "dnsnameservers": "8.8.8.8, 8.8.4.4",
        "sshpublickey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOxzWHXzc8F5gfuNg0ZcGepem25tSBzEmzmF"
        "ez+nu8z7 me@host",
    }
    checked = check_properties(CATALOGUE, {f"{PREFIX}heat.{n}": t for n, t in sent.items()}, {})
    assert checked.faults == ()
    assert checked.unknown == ()


def check_shipped(**given):
    attributes = {f"{PREFIX}hadoop.{name}": value for name, value in given.items()}
    checked = check_properties(CATALOGUE, attributes, {})
    return checked, [f for f in checked.faults if f.attribute.startswith(f"{PREFIX}hadoop.")]


def test_a_secret_member_of_a_family_is_no_value():
    secret, plain = (f"{kind}conf.core-site.fs.key" for kind in ("secret.", ""))
    checked, faults = check_shipped(**{secret: " s3cr3t ", "conf.core-site.x": "y"})
    assert checked.secrets == {"hadoop": {secret: " s3cr3t "}}
    assert checked.values["hadoop"]["conf.core-site"] == {"x": "y"}
    assert "s3cr3t" not in repr(checked)
    assert checked.secret_attributes == (f"{PREFIX}hadoop.{secret}",)
    assert (checked.unknown, faults) == ((), [])
    _, (fault,) = check_shipped(**{secret: "s3cr3t", plain: "open"})
    assert fault.attribute == f"{PREFIX}hadoop.{plain}"
    assert fault.message == f"is given as {secret}, too"


def test_a_secret_that_no_file_could_hold_is_refused_and_not_repeated():
    _, (fault,) = check_shipped(**{"secret.conf.core-site.k": "s3cr3t\ufffe"})
    assert "U+FFFE" in fault.message
    assert "s3cr3t" not in str(fault)
    assert check_shipped(**{"secret.conf.core-site.k": " "})[0].secrets == {}


def test_what_configures_nothing_has_no_secret_twin():
    assert [n for n in CATALOGUE["packages"].properties if n.startswith("secret.")] == []
    assert CATALOGUE["kafka"].properties["secret.conf.server.*"].type == "secret"


@pytest.mark.parametrize(
    ("name", "sounds"),
    [
        ("hadoop.conf.core-site.fs.s3a.secret.key", True),
        ("hadoop.conf.core-site.fs.s3a.access.key", True),
        ("kafka.conf.server.ssl.key.password", True),
        ("hadoop.conf.yarn-site.yarn.resourcemanager.delegation.token.renew-interval", False),
        ("hadoop.secret.conf.core-site.fs.s3a.secret.key", False),
        ("jupyter.password", False),
    ],
)
def test_what_sounds_like_a_secret_and_is_open_is_told(name, sounds):
    said = list(list_open_secrets({f"{PREFIX}{name}": "s3cr3t"}))
    assert len(said) == sounds
    component, _, prop = name.partition(".")
    assert all(f"send it as {PREFIX}{component}.secret.{prop}" in text for text in said)
    assert "s3cr3t" not in "".join(said)


@pytest.mark.parametrize(
    ("name", "sounds"),
    [("DB_PASSWORD", True), ("AWS_SECRET_ACCESS_KEY", True), ("API_KEY", True), ("TOKENS", False)],
)
def test_a_variable_that_sounds_like_a_secret_is_told(name, sounds):
    said = list(list_open_secrets({f"{PREFIX}packages.environment.{name}": "s3cr3t"}))
    assert len(said) == sounds
    assert all("to everybody on its nodes" in text and "s3cr3t" not in text for text in said)
