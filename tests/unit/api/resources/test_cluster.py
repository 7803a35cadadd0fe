"""One cluster over HTTP: which action a request means, and answers that old clients rely on."""

from __future__ import annotations

from collections.abc import Iterator
from unittest import mock

import pytest
from falcon import testing

from disco.attributes import SLAVE_COUNT, TTL
from disco.clusters.service import Clusters
from disco.clusters.view import Cluster
from disco.errors import CloudTimeout, NotFound

ID = "11111111-1111-4111-8111-111111111111"
SCHEME = "http://schemas.cloudcomplab.ch/occi/sm/action#"
CLUSTER = Cluster(ID, {"occi.core.id": f"/disco/{ID}", "stack_status": "CREATE_COMPLETE"})
JSON = {"Accept": "application/json"}


@pytest.fixture
def act() -> Iterator[mock.Mock]:
    with mock.patch.object(Clusters, "act", return_value=CLUSTER) as called:
        yield called


def update(client: testing.TestClient, attributes: str) -> testing.Result:
    sent = {**JSON, "Content-Type": "text/occi", "X-OCCI-Attribute": attributes}
    return client.simulate_post(f"/disco/{ID}", headers=sent)


@pytest.mark.parametrize(
    ("attributes", "term"),
    [
        ('action="suspend"', "suspend"),
        (f'action="extend", {TTL}="2h"', "extend"),
        (f'{SLAVE_COUNT}="3"', "scale"),
    ],
)
def test_a_partial_update_means_an_action(
    client: testing.TestClient, act: mock.Mock, attributes: str, term: str
) -> None:
    answer = update(client, attributes)
    assert answer.status_code == 200, answer.text
    assert act.call_args.args[1:3] == (ID, term)
    assert "disco.warnings" not in answer.json["attributes"]


def test_attributes_that_an_action_does_not_take_are_named(
    client: testing.TestClient, act: mock.Mock
) -> None:
    answer = update(client, f'action="suspend", {TTL}="2h", colour="red"')
    assert answer.json["attributes"]["disco.warnings"] == f"not changed: colour; {TTL}"


def test_an_update_without_an_action_shows_the_cluster(
    client: testing.TestClient, act: mock.Mock
) -> None:
    with mock.patch.object(Clusters, "show", return_value=CLUSTER) as show:
        answer = update(client, 'stackid="x"')
    assert (answer.status_code, act.called) == (200, False)
    assert show.call_args.args[1:] == (ID, "update")


def test_an_action_by_its_category_has_its_attributes(
    client: testing.TestClient, act: mock.Mock
) -> None:
    body = {"action": f"{SCHEME}extend", "attributes": {TTL: "2h"}}
    answer = client.simulate_post(
        f"/disco/{ID}", params={"action": "extend"}, json=body, headers=JSON
    )
    assert answer.status_code == 200, answer.text
    assert act.call_args.args[1:] == (ID, "extend", {TTL: "2h"})


@pytest.mark.parametrize(
    ("term", "sent", "code"),
    [
        ("reboot", "reboot", "unknown-action"),
        ("preview", "preview", "unknown-action"),
        ("suspend", "resume", "wrong-action"),
    ],
)
def test_an_action_that_does_not_fit_is_refused(
    client: testing.TestClient, act: mock.Mock, term: str, sent: str, code: str
) -> None:
    answer = client.simulate_post(
        f"/disco/{ID}", params={"action": term}, json={"action": SCHEME + sent}, headers=JSON
    )
    assert (answer.status_code, answer.json["code"], act.called) == (400, code, False)


def test_an_unknown_cluster_is_400_to_those_who_change_it(client: testing.TestClient) -> None:
    """The original's dashboard forgets a cluster on 200 and 400 only."""
    unknown = NotFound("There is no such cluster.")
    with (
        mock.patch.object(Clusters, "delete", side_effect=unknown),
        mock.patch.object(Clusters, "act", side_effect=unknown),
        mock.patch.object(Clusters, "show", side_effect=unknown),
    ):
        assert client.simulate_delete(f"/disco/{ID}").status_code == 400
        assert update(client, 'action="suspend"').status_code == 400
        assert client.simulate_get(f"/disco/{ID}").status_code == 404


def test_diagnostics_come_with_the_delete_that_asks_for_them(client: testing.TestClient) -> None:
    with (
        mock.patch.object(Clusters, "delete") as delete,
        mock.patch.object(Clusters, "diagnostics", return_value={"id": ID}),
    ):
        wrong = client.simulate_delete(f"/disco/{ID}", params={"evidence": "yes"}, headers=JSON)
        assert (wrong.status_code, delete.called) == (400, False)
        answer = client.simulate_delete(f"/disco/{ID}", params={"evidence": "true"})
    assert (answer.json, delete.called) == ({"id": ID}, True)


# -- a delete depends on nothing else ------------------------------------------


@pytest.mark.parametrize(
    "error", [RecursionError(), OverflowError(), CloudTimeout("late"), NotFound("gone"), KeyError()]
)
def test_a_cluster_is_deleted_whatever_collecting_its_diagnostics_does(
    client: testing.TestClient, error: Exception
) -> None:
    with (
        mock.patch.object(Clusters, "diagnostics", side_effect=error),
        mock.patch.object(Clusters, "delete") as delete,
    ):
        answer = client.simulate_delete(f"/disco/{ID}", params={"evidence": "true"}, headers=JSON)
    assert answer.status_code == 200
    assert (answer.json["id"], answer.json["attributes"]) == (ID, {})
    assert "events" in answer.json["missing"]
    assert delete.call_count == 1


def test_an_unknown_cluster_is_unknown_with_diagnostics_too(client: testing.TestClient) -> None:
    with (
        mock.patch.object(Clusters, "diagnostics", side_effect=NotFound("gone")),
        mock.patch.object(Clusters, "delete", side_effect=NotFound("gone")),
    ):
        answer = client.simulate_delete(f"/disco/{ID}", params={"evidence": "true"}, headers=JSON)
    assert answer.status_code == 400
