"""Interfaces lead to the cluster, or are refused."""

from __future__ import annotations

from typing import Any

import pytest

from disco.client import InvalidAnswer
from disco.client.interface import has_url, read_interface
from tests.support.hostile import NAMES, PATHS

LAB: dict[str, Any] = {
    "component": "jupyter",
    "name": "JupyterLab",
    "node": "disco-manager",
    "port": 8888,
    "path": "/lab",
    "reach": "public",
    "url": "http://192.0.2.7:8888/lab",
    "allowed_from": None,
    "group": None,
}


def test_an_interface_is_what_the_service_says() -> None:
    assert read_interface(LAB, "192.0.2.7") == LAB
    assert has_url(LAB)
    assert not has_url({**LAB, "url": None})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("node", name) for name in NAMES),
        *(("path", path) for path in PATHS),
        *(("port", port) for port in (0, 65536, "22", None)),
        ("component", "-x"),
        ("group", "a b"),
        ("reach", "nowhere"),
        ("reach", []),
        ("url", "http://evil.example/login?x=:8888/lab"),
        ("url", "javascript:alert(1)"),
        ("url", "http://192.0.2.8:8888/lab"),
        ("url", []),
    ],
)
def test_an_odd_one_is_refused(key: str, value: object) -> None:
    with pytest.raises(InvalidAnswer):
        read_interface({**LAB, key: value}, "192.0.2.7")


def test_a_cluster_without_an_address_has_no_links() -> None:
    with pytest.raises(InvalidAnswer, match="does not lead to the cluster"):
        read_interface(LAB, None)
