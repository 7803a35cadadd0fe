"""Which pages a cluster has, and who can open them."""

from __future__ import annotations

import pytest

from disco.clusters.interfaces import Interface, interfaces
from tests.support.shipped import CATALOGUE

HEAT = "icclab.disco.components.heat"


def of(inject: str, **more: str) -> dict[str, Interface]:
    attributes = {"icclab.disco.dependencies.inject": inject, "external_ip": "198.51.100.7"}
    return {i.name: i for i in interfaces(CATALOGUE, attributes | more)}


def test_pages_with_a_password_are_public_and_others_need_a_tunnel() -> None:
    found = of("{'dask': '', 'jupyter': ''}")
    assert found["JupyterLab"].url == "http://198.51.100.7:8888/lab"
    assert found["JupyterLab"].reach == "public"
    assert (found["Dask dashboard"].reach, found["Dask dashboard"].url) == ("tunnel", None)
    assert "Dask worker's page" not in found


def test_an_allowed_network_opens_the_master_s_pages() -> None:
    found = of("{'hadoop': ''}", **{f"{HEAT}.allowedcidr": "203.0.113.0/24"})
    assert found["YARN"].url == "http://198.51.100.7:8088/cluster"
    assert (found["YARN"].reach, found["YARN"].allowed_from) == ("allowed", "203.0.113.0/24")
    on_worker = found["HDFS DataNode's page"]
    assert (on_worker.reach, on_worker.node) == ("tunnel", "disco-worker-1")


def test_without_an_address_everything_needs_a_tunnel() -> None:
    found = of("{'jupyter': ''}", external_ip="", **{f"{HEAT}.mastername": "boss"})
    assert {i.reach for i in found.values()} == {"tunnel"}
    assert {i.node for i in found.values()} == {"boss"}


@pytest.mark.parametrize(
    "address",
    [
        *("evil.example/login?x=", "198.51.100.7/login?x=", "198.51.100.7@evil.example"),
        *("evil.example", "198.51.100.7:80#", " 198.51.100.7", "2001:db8::1%/login?x="),
        *("\ud800", "9" * 5000),
    ],
)
def test_what_is_no_address_is_no_link(address: str) -> None:
    """Whoever makes a stack by hand can have its outputs say anything."""
    found = of("{'jupyter': ''}", external_ip=address)
    assert {(i.reach, i.url) for i in found.values()} == {("tunnel", None)}


def test_an_ipv6_address_is_written_as_urls_have_it() -> None:
    found = of("{'jupyter': ''}", external_ip="2001:db8::1")
    assert found["JupyterLab"].url == "http://[2001:db8::1]:8888/lab"


@pytest.mark.parametrize("note", ["workers", "workers.groups", "workers.created"])
@pytest.mark.parametrize("text", ["9" * 5000, "1-" + "9" * 5000, "big:" + "9" * 5000])
def test_numbers_of_workers_that_cannot_be_read_count_as_absent(note: str, text: str) -> None:
    assert on_workers(**{f"disco.{note}": text})[0] == (None, "disco-worker-1")


GROUPS = "{'big': {'count': 2}, 'gpu': {'count': 1, 'flavor': 'g1.large'}}"


def on_workers(**more: str) -> list[tuple[str | None, str]]:
    told = {f"{HEAT}.slavecount": "2", f"{HEAT}.groups": GROUPS, **more}
    found = interfaces(CATALOGUE, {"icclab.disco.dependencies.inject": "{'spark': ''}", **told})
    return [(i.group, i.node) for i in found if i.name == "Spark worker's page"]


def test_a_page_of_workers_is_told_once_for_each_group() -> None:
    assert on_workers() == [
        (None, "disco-worker-1"), ("big", "disco-worker-3"), ("gpu", "disco-worker-5"),
    ]  # fmt: skip
    assert on_workers(**{f"{HEAT}.groups": "not a dictionary"}) == [(None, "disco-worker-1")]


def test_scaled_workers_are_those_that_are_there() -> None:
    scaled = {"disco.workers": "2,6", "disco.workers.created": "2"}
    assert on_workers(**scaled)[:2] == [(None, "disco-worker-2"), ("big", "disco-worker-3")]
    noted = {**scaled, "disco.workers.groups": "big:4,7 gpu:5"}
    assert on_workers(**noted)[1:] == [("big", "disco-worker-4"), ("gpu", "disco-worker-5")]


def test_conditions_of_ports_hold() -> None:
    assert "Spark master's page" in of("{'spark': ''}")
    assert "Spark master's page" not in of("{'spark': '', 'hadoop': ''}")


def test_attributes_that_mean_nothing_have_no_pages() -> None:
    assert of("{'nonesuch': ''}") == {}


ODD = (
    "evil.example/login?x=", "evil.example", "198.51.100.7@evil.example", "198.51.100.7/..", "x y",
    "fe80::1%evil.example/", "0.0.0.0", "224.0.0.1", "198.51.100.7\n", "javascript:alert(1)",
)  # fmt: skip


@pytest.mark.parametrize("address", ODD)
def test_no_link_leads_elsewhere_than_to_an_address(address: str) -> None:
    found = of("{'jupyter': ''}", external_ip=address)
    assert {(i.reach, i.url) for i in found.values()} == {("tunnel", None)}


def test_an_address_of_ipv6_is_a_link() -> None:
    found = of("{'jupyter': ''}", external_ip="2001:DB8::7")
    assert found["JupyterLab"].url == "http://[2001:db8::7]:8888/lab"


@pytest.mark.parametrize("name", ["-oProxyCommand=touch X", "a b", "evil.example", "a\n", "*"])
def test_pages_of_nodes_that_have_no_host_name_are_left_out(name: str) -> None:
    assert {i.node for i in of("{'hadoop': ''}", **{f"{HEAT}.mastername": name}).values()} == {
        "disco-worker-1"
    }
    told = {f"{HEAT}.slavename": name, f"{HEAT}.allowedcidr": "evil"}
    found = of("{'hadoop': ''}", **told)
    assert {i.node for i in found.values()} == {"disco-manager"}
    assert {i.allowed_from for i in found.values()} == {None}


def test_a_number_of_workers_that_is_none_hides_no_page() -> None:
    found = of("{'hadoop': ''}", **{f"{HEAT}.slavecount": "9" * 5000})
    assert "disco-worker-1" in {i.node for i in found.values()}
