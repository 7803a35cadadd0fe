"""Clouds whose catalogue, Keystone or addresses are other than the embedded one's."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from disco.embedded.cloud import EmbeddedCloud
from tests.support.cloud_faults import says
from tests.support.cloud_proxy import CloudProxy
from tests.support.service import Caller, attributes, running_service

Catalog = list[dict[str, Any]]
OTHERS = ("compute", "image", "network", "block-storage", "volumev3")


@pytest.fixture(scope="module")
def proxy(embedded_cloud: EmbeddedCloud) -> Iterator[CloudProxy]:
    port = urlsplit(embedded_cloud.auth_url).port or 0
    with CloudProxy((port, port + 1)) as standing:
        yield standing


@pytest.fixture(scope="module")
def ask(
    proxy: CloudProxy, tmp_path_factory: pytest.TempPathFactory, alice_headers: dict[str, str]
) -> Iterator[Caller]:
    """Alice, who names no region, at a service that asks Keystone anew for each request."""
    folder = tmp_path_factory.mktemp("other-clouds")
    with running_service(folder, proxy.auth_url, session_cache="0") as service:
        named = {k: v for k, v in alice_headers.items() if k != "X-Region-Name"}
        yield Caller(service.base, named)


@pytest.fixture(scope="module")
def ask_inside(
    proxy: CloudProxy, tmp_path_factory: pytest.TempPathFactory, alice_headers: dict[str, str]
) -> Iterator[Caller]:
    """The same at a service with ``interface=internal``."""
    folder = tmp_path_factory.mktemp("inside")
    with running_service(
        folder, proxy.auth_url, session_cache="0", interface="internal"
    ) as service:
        yield Caller(service.base, dict(alice_headers))


def in_two_regions(*first_in_two: str, heat_in: tuple[str, ...] = ("RegionOne",)) -> Any:
    """A change of the catalogue: every service has endpoints in two regions.

    Those of ``first_in_two`` have RegionTwo's first, which lead nowhere. Heat has those of
    ``heat_in`` alone.
    """

    def changed(catalog: Catalog) -> Catalog:
        for service in catalog:
            here = service["endpoints"]
            there = copy.deepcopy(here)
            for endpoint in there:
                endpoint["region"] = endpoint["region_id"] = "RegionTwo"
                endpoint["url"] = endpoint["url"].replace("127.0.0.1", "127.0.0.2")
                endpoint["id"] = f"two-{endpoint['id']}"
            both = [*there, *here] if service["type"] in first_in_two else [*here, *there]
            if service["type"] == "orchestration":
                both = [e for e in both if e["region"] in heat_in]
            service["endpoints"] = both
        return catalog

    return changed


def only(interface: str, *services: str) -> Callable[[Catalog], Catalog]:
    """A change of the catalogue: ``services`` (all: none named) have this interface alone."""

    def changed(catalog: Catalog) -> Catalog:
        for service in catalog:
            if not services or service["type"] in services:
                kept = [e for e in service["endpoints"] if e["interface"] == "public"]
                service["endpoints"] = [{**e, "interface": interface} for e in kept]
        return catalog

    return changed


def preview(caller: Caller, **headers: str) -> Any:
    return caller.request(
        "POST",
        "/disco/?action=preview",
        headers={"Accept": "application/json", **headers},
        json={
            "kind": "http://schemas.cloudcomplab.ch/occi/sm#disco",
            "attributes": attributes(),
        },
    )


@pytest.mark.parametrize("first", [("compute",), ("image", "network"), OTHERS])
def test_all_services_are_of_the_one_region_that_has_heat(
    ask: Caller, proxy: CloudProxy, first: tuple[str, ...]
) -> None:
    with proxy.catalog(in_two_regions(*first)):
        del proxy.seen[:]
        answer = preview(ask)
        assert answer.status_code == 200, answer.text
        assert ask.get("/disco/").status_code == 200
        choices = ask.get("/disco/choices").json()
    assert choices["region"] == "RegionOne"
    assert {"compute", "image", "network", "orchestration"} <= {a.service for a in proxy.seen}


def test_where_several_regions_have_heat_they_are_named(ask: Caller, proxy: CloudProxy) -> None:
    with proxy.catalog(in_two_regions("compute", heat_in=("RegionOne", "RegionTwo"))):
        for answer in (preview(ask), ask.get("/disco/"), ask.get("/disco/choices")):
            assert answer.status_code == 400
        said = preview(ask).json()
        assert said["code"] == "no-region"
        (fault,) = said["faults"]
        assert fault["attribute"] == "X-Region-Name"
        assert fault["allowed"] == "RegionOne, RegionTwo"
        assert preview(ask, **{"X-Region-Name": "RegionOne"}).status_code == 200
        # a token needs no region
        body = {"auth": {"tenantName": ask.headers["X-Tenant-Name"], "passwordCredentials": {
            "username": ask.headers["X-User-Name"], "password": ask.headers["X-Password"],
        }}}  # fmt: skip
        assert ask.request("POST", "/v2.0/tokens", json=body).status_code == 200


@pytest.mark.parametrize(
    ("asked", "meant"),
    [("regionone", "RegionOne"), ("RegionOn", "RegionOne"), ("region-two", "RegionTwo"), ("x", "")],
)
def test_an_unknown_region_is_answered_with_those_there_are(
    ask: Caller, proxy: CloudProxy, asked: str, meant: str
) -> None:
    with proxy.catalog(in_two_regions()):
        answer = preview(ask, **{"X-Region-Name": asked})
    assert answer.status_code == 400
    (fault,) = answer.json()["faults"]
    assert (fault["attribute"], fault["code"]) == ("X-Region-Name", "unknown-region")
    assert fault["allowed"] == "RegionOne, RegionTwo"
    assert (f"is {meant} meant?" in fault["message"]) is bool(meant)


def test_a_region_without_heat_names_those_with_one(ask: Caller, proxy: CloudProxy) -> None:
    with proxy.catalog(in_two_regions()):
        answer = preview(ask, **{"X-Region-Name": "RegionTwo"})
    assert answer.status_code == 400
    (fault,) = answer.json()["faults"]
    assert (fault["code"], fault["allowed"]) == ("unknown-region", "RegionOne")
    assert "orchestration" in fault["message"]


@pytest.mark.parametrize("service", ["compute", "image", "network", "orchestration"])
def test_a_service_without_a_public_endpoint_is_named(
    ask: Caller, proxy: CloudProxy, service: str
) -> None:
    with proxy.catalog(only("internal", service)):
        answer = preview(ask)
    assert answer.status_code == 502
    said = answer.json()
    assert said["code"] == "no-endpoint"
    assert f"no public endpoint of the service {service}" in said["message"]
    assert "there are internal ones" in said["message"]
    assert "interface" in said["hint"]
    assert "X-Region-Name" not in answer.text


@pytest.mark.parametrize("service", ["compute", "image", "network", "orchestration"])
def test_a_service_that_is_not_in_the_catalogue_is_named(
    ask: Caller, proxy: CloudProxy, service: str
) -> None:
    with proxy.catalog(lambda services: [s for s in services if s["type"] != service]):
        answer = preview(ask)
        assert answer.status_code == 502
        assert f"no public endpoint of the service {service}" in answer.json()["message"]
        assert "X-Region-Name" not in answer.text
        if service == "orchestration":
            assert ask.get("/disco/").status_code == 502


def test_internal_endpoints_are_used_where_the_setting_says_so(
    ask_inside: Caller, proxy: CloudProxy
) -> None:
    with proxy.catalog(only("internal")):
        assert preview(ask_inside).status_code == 200
        assert ask_inside.get("/disco/").status_code == 200
        assert ask_inside.get("/disco/choices").status_code == 200
    with proxy.catalog(only("public", "compute")):
        answer = preview(ask_inside)
    assert answer.status_code == 502
    assert "no internal endpoint of the service compute" in answer.json()["message"]


def at(**addresses: str) -> Callable[[Catalog], Catalog]:
    """A change of the catalogue: services have what comes behind the port from here."""

    def changed(catalog: Catalog) -> Catalog:
        for service in catalog:
            name = service["type"].replace("-", "_")
            for endpoint in service["endpoints"] if name in addresses else ():
                scheme, _, rest = endpoint["url"].partition("://")
                root = f"{scheme}://{rest.partition('/')[0]}"
                project = rest.rpartition("/")[2]
                endpoint["url"] = root + addresses[name].replace("PROJECT", project)
        return catalog

    return changed


VERSIONS = {
    "versions": [
        {"id": "v2.0", "status": "SUPPORTED", "links": [
            {"rel": "self", "href": "http://10.0.0.9:8774/v2/"}]},
        {"id": "v2.1", "status": "CURRENT", "version": "2.90", "min_version": "2.1", "links": [
            {"rel": "self", "href": "http://10.0.0.9:8774/v2.1/"}]},
    ]
}  # fmt: skip


@pytest.mark.parametrize("path", ["/compute", "/compute/", "/compute/v2.1/", "/compute/v2.1"])
@pytest.mark.parametrize("told", [True, False], ids=["tells", "does not tell"])
def test_nova_is_found_with_and_without_its_version(
    ask: Caller, proxy: CloudProxy, path: str, told: bool
) -> None:
    """What it says of its own address, which only its proxy reaches, is not gone to."""
    document = says(200, VERSIONS) if told else says(404, b"<html>no</html>")
    with proxy.catalog(at(compute=path)), proxy.fails("compute", r"^/$", document):
        del proxy.seen[:]
        answer = preview(ask)
    assert answer.status_code == 200, answer.text
    flavors = [a.path for a in proxy.seen if a.service == "compute" and "flavors" in a.path]
    assert flavors
    assert all(path.startswith("/v2.1/flavors") for path in flavors)


@pytest.mark.parametrize(
    "addresses",
    [
        {"orchestration": "/orchestration/v1/PROJECT/"},
        {"orchestration": "/orchestration/v1"},
        {"orchestration": "/orchestration"},
        {"orchestration": "/orchestration/"},
        {"image": "/image", "network": "/network/"},
        {"image": "/image/v2/", "network": "/network/v2.0/"},
        {"image": "/image/v1"},
    ],
    ids=str,
)
def test_services_are_found_whatever_of_their_version_the_catalogue_has(
    ask: Caller, proxy: CloudProxy, addresses: dict[str, str]
) -> None:
    with proxy.catalog(at(**addresses)):
        for answer in (preview(ask), ask.get("/disco/"), ask.get("/disco/choices")):
            assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("service", ["compute", "image", "network"])
@pytest.mark.parametrize(
    "body", [b"<html>404</html>", {"itemNotFound": {"message": "Unrecognized schema", "code": 404}}]
)
def test_a_404_of_a_service_is_not_the_user_s(
    ask: Caller, proxy: CloudProxy, service: str, body: object
) -> None:
    with proxy.fails(service, "", says(404, body)):
        answer = preview(ask)
    assert answer.status_code == 502
    assert service in answer.json()["message"]


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
def test_a_404_of_heat_s_address_is_not_a_missing_cluster(
    ask: Caller, proxy: CloudProxy, method: str
) -> None:
    path = "/disco/6f2a0a5e-8f0f-4d55-9b0c-1f5f6f1e2d3c"
    path += "?action=suspend" if method == "POST" else ""
    action = 'suspend; scheme="http://schemas.cloudcomplab.ch/occi/sm/action#"; class="action"'
    headers = {"Category": action, "Content-Type": "text/occi"} if method == "POST" else {}
    for body in (b"<html>404</html>", {"code": "404", "message": "no such route"}):
        with proxy.fails("orchestration", "", says(404, body)):
            assert ask.request(method, path, headers=headers).status_code == 502
            assert ask.get("/disco/").status_code == 502
    assert ask.request(method, path, headers=headers).status_code in (400, 404)


PAGE = b"<html>The proxy of this company does not allow this.</html>"


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (says(403, PAGE, Content_Type="text/html"), 502, "is not Keystone (403 with text/html)"),
        (says(407, PAGE, Content_Type="text/html"), 502, "is not Keystone (407 with text/html)"),
        (says(401, PAGE, Content_Type="text/html"), 502, "is not Keystone (401 with text/html)"),
        (says(200, PAGE, Content_Type="text/html"), 502, "is not Keystone"),
        (says(404, {"error": {"message": "Not Found"}}), 502, "Not Found"),
        (says(201, []), 502, ""),
        (says(201, {"token": 3}), 502, ""),
        (says(201, {"token": {"project": 7}}, X_Subject_Token="t"), 502, ""),
        (says(201, {"token": {}}, X_Subject_Token="t"), 502, ""),
        (says(401, {"error": {"code": 401, "message": "no"}}), 401, "refused"),
        (says(503, PAGE, Content_Type="text/html"), 503, "identity"),
    ],
)
def test_what_is_not_keystone_s_word_is_no_refusal_of_the_user(
    ask: Caller, proxy: CloudProxy, answer: Any, status: int, words: str
) -> None:
    with proxy.fails("identity", "/auth/tokens", answer, method="POST"):
        said = ask.get("/disco/", Accept="application/json")
    assert said.status_code == status, said.text
    assert words in said.json()["message"]
    assert said.json().get("code") != "internal-error"


def test_a_token_is_refused_by_keystone_alone(ask: Caller, proxy: CloudProxy) -> None:
    with proxy.fails("identity", "/auth/tokens", says(403, PAGE, Content_Type="text/html")):
        said = ask.get("/disco/", **{"X-Auth-Token": "t", "X-Password": "", "Accept": "*/*"})
    assert said.status_code == 502
    odd = ask.get("/disco/", **{"X-Auth-Token": "t\xf6k", "X-Password": ""})
    assert odd.status_code == 401


def test_a_setting_of_the_interface_that_is_none(tmp_path: Path, proxy: CloudProxy) -> None:
    with (
        pytest.raises(AssertionError, match="the service ended"),
        running_service(tmp_path, proxy.auth_url, interface="private"),
    ):
        pass
