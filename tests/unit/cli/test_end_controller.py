"""Which clusters are over, and what becomes of errors on the way."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from disco.cli.end_controller import Report, end_clusters, end_reason
from disco.client import Cluster, Forbidden, InvalidAnswer, NotFound

ID = "3f2a0000-0000-4000-8000-00000000000{}"
NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
IDLE = "icclab.disco.components.heat.idle"


def cluster(number: int = 1, **attributes: str) -> Cluster:
    names = {"expires": "disco.expires", "phase": "disco.phase", "since": "disco.phase_since"}
    named = {names.get(k, k): v for k, v in attributes.items()}
    return Cluster(ID.format(number), {"stack_status": "CREATE_COMPLETE", **named})


@pytest.mark.parametrize(
    ("attributes", "over"),
    [
        ({}, False),
        ({"expires": "2027-01-15T08:00:00Z"}, True),
        ({"expires": "2027-01-15T07:59:59Z"}, True),
        ({"expires": "2027-01-15T08:00:01Z"}, False),
        # what cannot be read is no end
        ({"expires": ""}, False),
        ({"expires": "soon"}, False),
        ({"expires": "0001-01-01T00:00:00Z"}, False),
        ({"expires": "9" * 5000}, False),
        # a later end beside an idle limit that was reached, and neither
        ({IDLE: "30m", "phase": "ended", "since": "2027-01-15T07:30:00Z"}, True),
        ({IDLE: "1800", "phase": "ended", "since": "2027-01-15T07:30:00Z"}, True),
        ({IDLE: "30m", "phase": "ended", "since": "2027-01-15T07:30:01Z"}, False),
        ({IDLE: "1d", "phase": "ended", "since": "2027-01-15T07:00:00Z"}, False),
        ({IDLE: "30m", "phase": "complete", "since": "2027-01-01T00:00:00Z"}, False),
        ({IDLE: "30m", "phase": "ended"}, False),
        ({IDLE: "x", "phase": "ended", "since": "2027-01-15T07:00:00Z"}, False),
        ({"phase": "ended", "since": "2027-01-15T07:00:00Z"}, False),
    ],
)
def test_only_what_is_past_its_end_is_over(attributes: dict[str, str], over: bool) -> None:
    assert (end_reason(cluster(**attributes), NOW) is not None) is over


def test_what_fails_keeps_no_other_cluster_alive() -> None:
    past = {"expires": "2027-01-15T07:00:00Z"}
    shown: dict[str, Any] = {
        ID.format(1): InvalidAnswer("odd"),
        ID.format(2): NotFound("gone"),
        ID.format(3): cluster(3, **past),
        ID.format(4): cluster(4, **past),
        ID.format(5): cluster(5, **past),
    }
    client = mock.Mock()
    client.list.return_value = [
        *(Cluster(one, {"stack_status": "CREATE_COMPLETE"}) for one in shown),
        Cluster(ID.format(6), {"stack_status": "DELETE_IN_PROGRESS"}),
    ]
    client.get.side_effect = lambda one: answer(shown[one])
    client.delete.side_effect = [Forbidden("not yours", hint="Ask."), NotFound("gone"), None]
    report = Report(NOW)
    assert len(end_clusters(client, "demo", report)) == 6
    assert [one.cluster_id for one in report.deleted] == [ID.format(5)]
    assert [one.cluster_id for one in report.failed] == [ID.format(1), ID.format(3)]
    assert report.failed[1].reason == "not yours Ask."
    assert [type(error) for error in report.errors] == [InvalidAnswer, Forbidden]
    assert ID.format(6) not in [call.args[0] for call in client.get.call_args_list]


def answer(said: Any) -> Any:
    if isinstance(said, Exception):
        raise said
    return said


def test_a_delete_that_failed_is_repeated() -> None:
    client = mock.Mock()
    failed = Cluster(
        ID.format(1), {"stack_status": "DELETE_FAILED", "disco.expires": "2027-01-15T07:00:00Z"}
    )
    client.list.return_value, client.get.return_value = [failed], failed
    report = Report(NOW)
    end_clusters(client, "demo", report)
    client.delete.assert_called_once_with(failed.id)


def test_a_report_is_told_to_people_and_to_programs() -> None:
    report = Report(NOW, dry_run=True, projects=1, clusters=2)
    assert report.summary() == "2 clusters in 1 project: 0 to delete"
    assert report.as_data()["time"] == "2027-01-15T08:00:00Z"
    assert list(report.lines()) == []
