"""A cluster and clusters as people and programs see them, without secrets nobody asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from disco.cli.cluster_view import action_columns, list_columns, show_columns
from disco.client import Cluster
from tests.support.wire import ID

PASSWORD = "icclab.disco.components.jupyter.password"


def at(**distance: float) -> str:
    return (datetime.now(UTC) + timedelta(**distance)).strftime("%Y-%m-%dT%H:%M:%SZ")


def cluster(**attributes: str) -> Cluster:
    told = {
        "stack_status": "CREATE_COMPLETE",
        "occi.core.title": "mine",
        PASSWORD: "s3cret",
        "icclab.disco.components.heat.slavecount": "2",
        "disco.frameworks": "dask+jupyter",
    }
    return Cluster(ID, {**told, **attributes}, ("scale", "suspend"))


def test_programs_get_attributes_by_their_full_names() -> None:
    names, values = show_columns(cluster(), "json")
    data = dict(zip(names, values, strict=True))
    assert (data["id"], data["name"], data["workers"]) == (ID, "mine", 2)
    assert data["actions"] == ["scale", "suspend"]
    assert data["frameworks"] == {"dask": "", "jupyter": ""}
    assert PASSWORD not in data["attributes"]
    data = dict(zip(*show_columns(cluster(), "json", secrets=True), strict=True))
    assert data["attributes"][PASSWORD] == "s3cret"


def test_people_get_a_line_for_each_property_and_secrets_on_request() -> None:
    shown = dict(zip(*show_columns(cluster(), "table"), strict=True))
    assert str(shown["actions"]) == "scale, suspend"
    assert shown["jupyter.password"] == "(hidden; use --secrets to show it)"
    for form in ("value", "shell"):  # whose reader would take the words for the password
        shown = dict(zip(*show_columns(cluster(), form), strict=True))
        assert not shown.get("jupyter.password")
    shown = dict(zip(*show_columns(cluster(), "value", secrets=True), strict=True))
    assert shown["jupyter.password"] == "s3cret"


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("CREATE_IN_PROGRESS", "installing"),
        ("RESUME_IN_PROGRESS", "resuming"),
        ("DELETE_IN_PROGRESS", "deleting"),
        ("CREATE_COMPLETE", ""),
    ],
)
def test_a_list_says_what_heat_is_at_work_on(status: str, phase: str) -> None:
    _, (row,) = list_columns([cluster(stack_status=status)], "table")
    assert str(row[3]) == phase


def test_a_list_has_name_age_and_end() -> None:
    told = {"disco.created": at(hours=-3), "disco.expires": at(minutes=90, seconds=30)}
    names, (row,) = list_columns([cluster(**told)], "table")
    assert names == ("id", "name", "status", "phase", "frameworks", "workers", "created", "ends")
    texts = [str(value) for value in row]
    assert texts == [
        ID,
        "mine",
        "CREATE_COMPLETE",
        "",
        "dask, jupyter",
        "2",
        "3 h ago",
        "in 90 min",
    ]
    names, (row,) = list_columns([cluster(**told)], "json")
    data = {
        n: getattr(v, "machine_readable", lambda v=v: v)() for n, v in zip(names, row, strict=True)
    }
    assert data["created"] == told["disco.created"]
    assert data["ends"] == told["disco.expires"]


def test_an_end_that_has_come_is_now() -> None:
    _, (row,) = list_columns([cluster(**{"disco.expires": at(seconds=-5)})], "table")
    assert str(row[-1]) == "now"


def test_what_an_older_or_odd_service_says_is_left_out() -> None:
    _, (row,) = list_columns([Cluster(ID, {"disco.expires": "soon"})], "table")
    assert [str(value) for value in row] == [ID, "", "", "", "", "None", "", ""]


def test_a_failed_check_is_said_where_the_status_is_complete() -> None:
    failed = cluster(**{"stack_status": "RESUME_COMPLETE", "disco.check": "failed"})
    _, (row,) = list_columns([failed], "table")
    assert str(row[3]) == "check failed"
    shown = dict(zip(*show_columns(failed, "table"), strict=True))
    assert str(shown["phase"]) == "check failed"


def test_an_odd_cluster_is_shown_with_what_is_odd() -> None:
    odd = Cluster(ID, {"external_ip": "evil.example/login?x=", "stack_status": "X"})
    shown = dict(zip(*show_columns(odd, "table"), strict=True))
    assert 'Invalid address of the master "evil.example/login?x="' in shown["warnings"]
    data = dict(zip(*show_columns(odd, "json"), strict=True))
    assert (data["address"], len(data["warnings"])) == (None, 1)


def test_where_there_is_no_room_ids_are_as_long_as_tells_them_apart() -> None:
    other = f"{ID[:9]}{ID[9:].translate(str.maketrans('abe', 'bec'))}"
    _, rows = list_columns([Cluster(ID), Cluster(other)], "table", short=True)
    assert {str(row[0]) for row in rows} == {ID[:10], other[:10]}
    _, rows = list_columns([Cluster(ID)], "table", short=True)
    assert str(rows[0][0]) == ID[:8]
    assert rows[0][0].machine_readable() == ID


def test_after_an_action_people_get_its_outcome_and_programs_everything() -> None:
    names, values = action_columns(cluster(), "table")
    assert dict(zip(names, values, strict=True))["status"] == "CREATE_COMPLETE"
    assert not any("." in name for name in names)
    assert action_columns(cluster(), "json") == show_columns(cluster(), "json")
