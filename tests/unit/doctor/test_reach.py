"""What an address in the catalogue tells of whether nodes reach it."""

from __future__ import annotations

from unittest import mock

import pytest

from disco.doctor import reach
from disco.doctor.finding import Patient


@pytest.mark.parametrize(
    ("addresses", "state", "said"),
    [
        (["8.8.8.8"], "good", "public"),
        (["2001:4860:4860::8888"], "good", "public"),
        # one address that is reached is enough
        (["10.0.0.1", "8.8.8.8"], "good", "public"),
        ([], "warning", "cannot resolve"),
        (["127.0.0.1"], "warning", "node itself"),
        (["127.0.1.1", "::1"], "warning", "node itself"),
        (["::ffff:127.0.0.1"], "warning", "node itself"),
        (["0.0.0.0"], "warning", "node itself"),
        (["169.254.3.4"], "warning", "router"),
        (["fe80::1%eth0"], "warning", "router"),
        (["10.1.2.3"], "warning", "private"),
        (["192.168.1.1"], "warning", "private"),
        (["fd00::1"], "warning", "private"),
    ],
)
def test_an_address_tells_whether_nodes_reach_it(
    addresses: list[str], state: str, said: str
) -> None:
    with (
        mock.patch.object(reach, "resolve", return_value=addresses),
        mock.patch.object(reach, "find_endpoint", return_value="https://cloud.example.org:5000/v3"),
    ):
        found = list(reach.check_reach(Patient(mock.Mock())))
    assert [one.state for one in found] == [state] * 2
    assert all(said in one.text for one in found)


def test_a_name_that_is_no_name_has_no_addresses() -> None:
    for host in ("", "no-such-host.invalid", "x" * 300, "\udcff"):
        assert host == "" or reach.resolve(host) == []
    assert reach.resolve("127.0.0.1") == ["127.0.0.1"]
