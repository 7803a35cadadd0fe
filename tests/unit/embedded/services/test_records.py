"""The store keeps records whole, apart by project, and across a restart."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from disco.embedded.services.records import Record, Records, visible


def record(identifier: str, project: str = "p", **more: object) -> Record:
    return {"id": identifier, "project_id": project, **more}


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path / "resources.db")


def test_what_is_put_is_there_after_a_restart(records: Records, tmp_path: Path) -> None:
    records.put("server", record("a", name="master"))
    records.put("server", record("a", name="worker"))
    again = Records(tmp_path / "resources.db")
    assert again.get("server", "a") == record("a", name="worker")
    assert again.get("port", "a") is None


def test_lists_are_of_one_kind_and_project_oldest_first(records: Records) -> None:
    for identifier, project in (("b", "p"), ("a", "p"), ("c", "q")):
        records.put("server", record(identifier, project))
    assert [r["id"] for r in records.all("server")] == ["b", "a", "c"]
    assert [r["id"] for r in records.all("server", "p")] == ["b", "a"]
    assert (records.count("server", "p"), records.count("port", "p")) == (2, 0)


def test_records_are_selected_by_attributes(records: Records) -> None:
    records.put("port", record("a", network_id="n", device_id="r"))
    records.put("port", record("b", network_id="n", device_id=""))
    assert [r["id"] for r in records.where("port", network_id="n", device_id="r")] == ["a"]


def test_a_failed_transaction_leaves_nothing(records: Records) -> None:
    with pytest.raises(ZeroDivisionError), records.transaction():
        records.put("server", record("a"))
        with records.transaction():
            assert records.claim("net", 1, "a")
        raise ZeroDivisionError
    assert records.all("server") == []
    assert records.claim("net", 1, "b")


def test_an_address_has_one_owner_until_it_is_given_back(records: Records) -> None:
    assert records.claim("net", 5, "a")
    assert not records.claim("net", 5, "b")
    assert records.claim("other", 5, "b")
    records.release("a")
    assert records.claim("net", 5, "b")
    records.put("port", record("b"))
    records.delete("port", "b")
    assert records.claim("net", 5, "a")


def test_the_lowest_free_address_is_offered(records: Records) -> None:
    for address in (2, 3, 5):
        records.claim("net", address, "a")
    assert records.first_free("net", 2, 9) == 4
    assert records.first_free("net", 1, 9) == 1
    assert records.first_free("net", 2, 3) is None


def test_threads_claim_different_addresses(records: Records) -> None:
    def claim(number: int) -> int:
        with records.transaction():
            free = records.first_free("net", 1, 99)
            assert free is not None
            assert records.claim("net", free, str(number))
            return free

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(claim, range(40))) == list(range(1, 41))


def test_private_keys_are_not_shown() -> None:
    assert visible({"id": "a", "_user_data": "x"}) == {"id": "a"}
