"""Which pages a cluster has, and who can open them."""

from __future__ import annotations

from disco.components.loader import load_catalogue
from disco.interfaces import Interface, interfaces
from disco.resources import data_dir

CATALOGUE = load_catalogue(data_dir() / "frameworks")
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


def test_conditions_of_ports_hold() -> None:
    assert "Spark master's page" in of("{'spark': ''}")
    assert "Spark master's page" not in of("{'spark': '', 'hadoop': ''}")


def test_attributes_that_mean_nothing_have_no_pages() -> None:
    assert of("{'nonesuch': ''}") == {}
