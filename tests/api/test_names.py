"""Names that are passed to a service take every character that it takes, in all renderings."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
import requests
import yaml

from disco.occi.grammar import parse_attributes
from disco.occi.text import quote
from tests.api.bent_cloud import Bent, change_each, faults_of
from tests.api.conftest import Foreign
from tests.api.test_network import on
from tests.support.cloud_proxy import Change, change_json
from tests.support.service import KIND, Caller, attributes

HEAT = "icclab.disco.components.heat."
NAMES = (
    "a,b=c;d",
    'say "net"',
    "it's",
    "Zürich Straße",
    "网络-сеть",
    "rocket 🚀 net",
    "-x",
    "_underscore",
    "$OS_NAME `id` \\ %s {{ x }} {get_resource: x}",
    "a: b # c",
    "&amp; <b>",
    "${DISCO_ADDRESS}",
    "C:\\new",
    "yes",
    "1e3",
    "x" * 255,
    "ü" * 255,
)
GROUPED = ("flavor", "image", "volumetype", "rootvolumetype", "availabilityzone")
SCHEME = "http://schemas.cloudcomplab.ch/occi/sm#"


def in_header(caller: Caller, wanted: dict[str, str]) -> requests.Response:
    value = ",".join(f"{name}={quote(text)}" for name, text in wanted.items())
    headers = {"Content-type": "text/occi", "Category": KIND}
    headers["X-OCCI-Attribute"] = value.encode().decode("latin-1")
    return send(caller, headers)


def in_lines(caller: Caller, wanted: dict[str, str]) -> requests.Response:
    lines = [f"Category: {KIND}"]
    lines += [f"X-OCCI-Attribute: {name}={quote(text)}" for name, text in wanted.items()]
    return send(caller, {"Content-type": "text/plain"}, "\n".join(lines).encode())


def in_json(caller: Caller, wanted: dict[str, str]) -> requests.Response:
    body = {"kind": f"{SCHEME}disco", "attributes": wanted}
    media = {"Content-type": "application/occi+json; version=1.2"}
    return send(caller, media, json.dumps(body).encode())


def in_old_json(caller: Caller, wanted: dict[str, str]) -> requests.Response:
    body = {"kind": {"scheme": SCHEME, "term": "disco"}, "attributes": wanted}
    media = {"Content-type": "application/occi+json"}
    return send(caller, media, json.dumps(body, ensure_ascii=False).encode())


def send(caller: Caller, headers: dict[str, str], body: bytes | None = None) -> requests.Response:
    headers = {**headers, "Accept": "application/json"}
    return caller.request("POST", "/disco/?action=preview", headers=headers, data=body)


@pytest.mark.parametrize("ask", [in_header, in_lines, in_json, in_old_json])
def test_the_network_is_called_as_asked_for(alice: Caller, ask: Callable[..., Any]) -> None:
    for name in NAMES:
        answer = ask(alice, attributes(networkname=name))
        assert answer.status_code == 200, f"{name}: {answer.text}"
        resources = yaml.safe_load(answer.json()["template"])["resources"]
        called = {resources[n]["properties"]["name"] for n in ("network", "subnet", "router")}
        assert called == {name}


def test_what_is_too_long_or_no_text_is_refused(alice: Caller) -> None:
    for name in ("x" * 256, "a\x07b"):
        found = faults_of(in_json(alice, attributes(networkname=name)))
        assert set(found) == {"networkname"}


def calls(key: str, old: str, name: str) -> Change:
    """A change of a list: what was called ``old`` has another name."""
    return change_each(key, lambda entry: entry["name"] == old and entry.update(name=name))


@pytest.mark.parametrize("name", NAMES)
def test_whatever_the_cloud_calls_a_thing_can_be_named(bent: Bent, name: str) -> None:
    """Image, flavor, external network, volume type and zone, by names that clouds may have."""
    proxy = bent.proxy
    renamed = {
        ("image", r"^/v2/images"): ("images", "debian-12"),
        ("compute", r"/flavors/detail"): ("flavors", "m1.small"),
        ("network", r"/networks"): ("networks", "public"),
        ("volume", r"/types"): ("volume_types", "local"),
    }
    zone = {"zoneName": name, "zoneState": {"available": True}}
    zones = change_json(lambda _: {"availabilityZoneInfo": [zone]})
    wanted = attributes(
        masterimage=name, slaveimage=name, masterflavor=name, slaveflavor=name,
        externalnetworkname=name, volumesize="1", volumetype=name, rootvolumesize="5",
        rootvolumetype=name, availabilityzone=name,
        groups=json.dumps({"g": {"count": 1, **dict.fromkeys(GROUPED, name)}}, ensure_ascii=False),
    )  # fmt: skip
    with ExitStack() as bending:
        bending.enter_context(proxy.answers("compute", "availability-zone", zones))
        for (service, path), (key, old) in renamed.items():
            bending.enter_context(proxy.answers(service, path, calls(key, old, name)))
        answer = in_header(bent.alice, wanted)
    assert answer.status_code == 200, answer.text
    resources = yaml.safe_load(answer.json()["template"])["resources"]
    assert resources["master"]["properties"]["availability_zone"] == name
    assert [n["flavor"] for n in answer.json()["nodes"]] == [name] * 3


def test_a_cluster_says_the_name_in_every_rendering(alice: Caller) -> None:
    name = 'a,b=c;d "q" ü\'s'
    wanted = {**attributes(networkname=name), "occi.core.title": name}
    value = ",".join(f"{n}={quote(t)}" for n, t in wanted.items()).encode().decode("latin-1")
    headers = {"Content-type": "text/occi", "Category": KIND, "X-OCCI-Attribute": value}
    answer = alice.request("POST", "/disco/", headers=headers)
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]
    assert alice.wait_for(location, "CREATE_COMPLETE")[f"{HEAT}networkname"] == name
    told = alice.get(location.removeprefix(alice.base), Accept="text/occi")
    header = told.headers["X-OCCI-Attribute"].encode("latin-1").decode()
    assert parse_attributes(header)[f"{HEAT}networkname"] == name
    lines = alice.get(location.removeprefix(alice.base), Accept="text/plain")
    lines.encoding = "utf-8"
    (line,) = [n for n in lines.text.splitlines() if f"{HEAT}networkname=" in n]
    assert parse_attributes(line.partition(": ")[2])[f"{HEAT}networkname"] == name
    alice.request("DELETE", location)
    alice.wait_until_gone(location)


def test_an_existing_network_and_its_subnet_have_any_name(alice: Caller, foreign: Foreign) -> None:
    name = f"{uuid.uuid4().hex[:6]} a,b=c;d \"q\" 'ü' 🚀"
    net = {"get_resource": "net"}
    foreign(
        {
            "net": {"type": "OS::Neutron::Net", "properties": {"name": name}},
            "subnet": {
                "type": "OS::Neutron::Subnet",
                "properties": {"name": f"{name};v4", "network": net, "cidr": "10.74.0.0/24"},
            },
        }
    )
    wanted = on(name, subnet=f"{name};v4", floatingip="none")
    for ask in (in_header, in_lines, in_json, in_old_json):
        answer = ask(alice, wanted)
        assert answer.status_code == 200, answer.text
        assert answer.json()["network"]["name"] == name
