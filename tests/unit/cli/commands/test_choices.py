"""What a cluster can be made of, with the option that takes each."""

from __future__ import annotations

import pytest
import requests_mock

from disco.cli.main import main
from tests.support.wire import BASE, query_interface

CHOICES = {
    "images": [{"id": "1", "name": "debian-12", "min_disk_gb": 2, "min_ram_mb": 0}],
    "flavors": [{"id": "2", "name": "m1.small", "cores": 1, "ram_mb": 2048, "disk_gb": 20}],
    "external_networks": [{"id": "3", "name": "public"}],
    "key_pairs": [{"name": "mine", "fingerprint": None}],
    "untold": ["volume_types"],
}


@pytest.fixture
def service(wire: requests_mock.Mocker) -> requests_mock.Mocker:
    offered = query_interface()
    scheme = "http://schemas.cloudcomplab.ch/occi/sm/framework#"
    offered["mixins"] = [
        {"term": "dask", "scheme": scheme, "title": "Dask", "disco": {"versions": ["1"]}},
        {"term": "java", "scheme": scheme, "title": "Java", "disco": {"base": True}},
    ]
    wire.get(f"{BASE}/-/", json=offered)
    wire.get(f"{BASE}/disco/choices", json=CHOICES)
    return wire


def test_all_choices(service: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["choices", "-f", "csv", "--quote", "minimal"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "kind,option,name,details",
        "frameworks,FRAMEWORK,dask,Dask",
        "images,--image,debian-12,2 GiB of disk or more",
        'flavors,--flavor,m1.small,"1 core, 2048 MiB of memory, 20 GiB of disk"',
        "external-networks,--external-network,public,",
        "key-pairs,--key-pair,mine,",
    ]
    assert "may not read the volume_types of the project" in said.err


def test_some_choices(service: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["choices", "flavors", "images", "-f", "value", "-c", "name"]) == 0
    assert capsys.readouterr().out == "m1.small\ndebian-12\n"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("SMALL", "m1.small\n"),
        ("2048 mib", "m1.small\n"),
        ("flavor", ""),
        ("d", "dask\ndebian-12\n"),
    ],
)
def test_choices_with_a_text(
    service: requests_mock.Mocker, capsys: pytest.CaptureFixture[str], text: str, names: str
) -> None:
    kinds = ["frameworks", "images", "key-pairs"] if text == "d" else ["flavors"]
    assert main(["choices", *kinds, "--matching", text, "-f", "value", "-c", "name"]) == 0
    assert capsys.readouterr().out == names


def test_a_kind_that_there_is_not(
    service: requests_mock.Mocker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["choices", "flavor"]) == 2
    assert 'Unknown kind of choice "flavor". Did you mean "flavors"?' in capsys.readouterr().err
