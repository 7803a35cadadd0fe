"""Properties that the service does not have are refused, and what has one meaning is filled in."""

from __future__ import annotations

import pytest
import requests_mock

from disco.cli.cluster_options import complete_request
from disco.cli.exit_status import CommandError
from disco.cli.main import main, parse
from tests.support.wire import BASE, error, make_client, query_interface

PREFIX = "icclab.disco.components."
HEAT = f"{PREFIX}heat"
WHOLE = ("--image", "i", "--flavor", "f")
PUBLIC = ("--external-network", "public", "-w", "1", *WHOLE)


@pytest.fixture
def service(wire: requests_mock.Mocker) -> requests_mock.Mocker:
    offered = query_interface("preview")
    names = {
        "spark": ("mode", "conf.spark-defaults.*"),
        "jupyter": ("password",),
        "heat": ("ttl", "waitcondition"),
        "parameters": (),
    }
    offered["mixins"] = [
        {
            "term": component,
            "scheme": "http://schemas.cloudcomplab.ch/occi/sm/framework#",
            "attributes": {f"{PREFIX}{component}.{name}": {} for name in named},
            "disco": {"base": component in ("heat", "parameters")},
        }
        for component, named in names.items()
    ]
    wire.get(f"{BASE}/-/", json=offered)
    wire.get(f"{BASE}/disco/choices", json={"external_networks": [{"id": "1", "name": "ext"}]})
    wire.post(f"{BASE}/disco/?action=preview", json={})
    return wire


def attributes(*words: str) -> dict[str, str]:
    return complete_request(make_client(), parse(["create", *words])).to_attributes()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("-p jupyter.pasword=x", 'Unknown property "jupyter.pasword". Did you mean "jupyter.pass'),
        ("-p spark.color=x", 'Unknown property "spark.color".'),
        ("-p heat.waitcondtion=x", 'Unknown property "heat.waitcondtion". Did you mean "heat.wai'),
        (f"-a {PREFIX}spark.modus=x", 'Unknown property "spark.modus".'),
    ],
)
def test_an_unknown_property_is_refused_unless_forced(
    service: requests_mock.Mocker, given: str, sentence: str
) -> None:
    option, _, value = given.partition(" ")
    with pytest.raises(CommandError) as caught:
        attributes(*PUBLIC, option, value)
    assert str(caught.value).startswith(sentence)
    assert caught.value.status == 2
    assert "--force sends others" in str(caught.value.hint)
    name = value.partition("=")[0].removeprefix(PREFIX)
    assert attributes(*PUBLIC, option, value, "--force")[PREFIX + name] == "x"


def test_all_unknown_properties_are_told_at_once(service: requests_mock.Mocker) -> None:
    with pytest.raises(CommandError) as caught:
        attributes(*PUBLIC, "-p", "jupyter.a=1", "-p", "spark.b=2")
    assert "jupyter.a" in str(caught.value) and "spark.b" in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "spark.mode",
        "spark.conf.spark-defaults.spark.executor.cores",
        "heat.ttl",
        "parameters.uuid",  # the component tells nothing of its properties
        "mine.property",  # a component that the service may have without a description
    ],
)
def test_what_the_service_may_know_is_sent(service: requests_mock.Mocker, name: str) -> None:
    assert attributes(*PUBLIC, "-p", f"{name}=x")[PREFIX + name] == "x"


def test_without_properties_nothing_is_asked(service: requests_mock.Mocker) -> None:
    attributes(*PUBLIC, "--ttl", "2h")
    assert service.request_history == []


def test_the_only_external_network_and_two_workers(
    service: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    found = attributes("dask")
    assert found[f"{HEAT}.externalnetworkname"] == "ext"
    assert found[f"{HEAT}.slavecount"] == "2"
    said = capsys.readouterr().err
    assert "disco: Using --workers 2.\n" in said
    assert "disco: Using --external-network ext.\n" in said


def test_what_is_missing_is_told_once_with_what_there_is(
    service: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [{"id": "1", "name": "a"}, {"id": "2", "name": "b"}]
    flavors = [{"id": str(n), "name": f"m{n}"} for n in range(15)]
    told = {"external_networks": names, "flavors": flavors}
    service.get(f"{BASE}/disco/choices", json=told)
    faults = [
        {"attribute": f"{HEAT}.{name}", "message": "is required", "allowed": "text"}
        for name in ("externalnetworkname", "masterflavor", "slaveflavor")
    ]
    refused = error("bad-request", "", faults=[{**f, "code": "missing-attribute"} for f in faults])
    service.post(f"{BASE}/disco/", status_code=400, json=refused)
    assert main(["create", "dask"]) == 2
    said = capsys.readouterr().err
    assert "disco: --external-network: is required (allowed: a, b)\n" in said
    assert said.count("--flavor") == 1
    assert "disco: --flavor: is required (allowed: m0, m1, " in said
    assert "m11 and 3 more; see disco choices flavors)\n" in said


def test_an_unknown_property_hides_nothing_that_the_service_refuses(
    service: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = [
        {"attribute": "icclab.disco.dependencies.inject", "message": "no version '1.0'"},
        {"attribute": f"{PREFIX}jupyter.password", "message": "is too short"},
    ]
    refused = error("bad-request", "", faults=faults)
    service.post(f"{BASE}/disco/?action=preview", status_code=400, json=refused)
    assert main(["create", "dask=1.0", "-p", "spark.foo=3", *PUBLIC]) == 2
    said = capsys.readouterr().err
    for line in (
        'Unknown property "spark.foo".',
        "FRAMEWORK: no version '1.0'",
        "-p jupyter.password: is too short",
    ):
        assert line in said


def test_a_service_that_does_not_tell_its_choices_checks_the_request_itself(
    service: requests_mock.Mocker,
) -> None:
    service.get(f"{BASE}/disco/choices", status_code=500)
    assert f"{HEAT}.externalnetworkname" not in attributes("dask")


@pytest.mark.parametrize(
    "words",
    [("--existing-network", "mine", "--floating-ip", "none"), ("--external-network", "public")],
)
def test_a_network_that_is_not_needed_is_not_looked_for(
    service: requests_mock.Mocker, words: tuple[str, ...]
) -> None:
    attributes("dask", "-w", "1", *WHOLE, *words)
    assert service.request_history == []


def test_groups_take_the_place_of_workers(service: requests_mock.Mocker) -> None:
    found = attributes("--groups", '{"big": {"count": 1}}', "--external-network", "public")
    assert f"{HEAT}.slavecount" not in found


@pytest.mark.parametrize(
    ("images", "flavors", "chosen"),
    [
        (["debian-12"], ["m1.small"], ("debian-12", "m1.small")),
        (["debian-12", "debian-12-disco"], ["a", "b"], ("debian-12-disco", None)),
        (["a-disco", "b-disco"], [], (None, None)),
        (["a", "b"], ["m1.small"], (None, "m1.small")),
    ],
)
def test_the_only_image_and_flavor_are_used(
    service: requests_mock.Mocker,
    images: list[str],
    flavors: list[str],
    chosen: tuple[str | None, str | None],
) -> None:
    named = {"images": images, "flavors": flavors}
    told = {kind: [{"name": name} for name in names] for kind, names in named.items()}
    service.get(f"{BASE}/disco/choices", json=told)
    found = attributes("dask")
    for role in ("master", "slave"):
        assert (found.get(f"{HEAT}.{role}image"), found.get(f"{HEAT}.{role}flavor")) == chosen
    own = attributes("--worker-image", "mine")  # nothing is guessed beside a choice
    assert f"{HEAT}.masterimage" not in own
