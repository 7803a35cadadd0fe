"""Who may change a cluster is shown its secrets; others are shown that there are some."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from disco.attributes import GENERATED, WARNINGS
from disco.clusters import view
from disco.derived_secrets import KeyPair, generated_note
from disco.heat.stack_status import StackStatus
from disco.heat.stacks import Stack
from tests.support.shipped import CATALOGUE

KEY = b"k" * 32
PASSWORD = "icclab.disco.components.jupyter.password"


def shown(may_change: bool, **outputs: str) -> tuple[dict[str, str], Any]:
    note = generated_note(KEY, {"jupyter": {"password": 16}, "heat": {"ending": 43}})
    stack = Stack(
        "c", "s", StackStatus("CREATE_COMPLETE"),
        attributes={GENERATED: note, WARNINGS: "unknown attribute a"}, outputs=outputs,
    )  # fmt: skip
    made = view.ClusterView(
        mock.Mock(key_secrets=(KEY,)), CATALOGUE, mock.Mock(), "/disco/", mock.Mock()
    )
    with (
        mock.patch.object(view.ClusterView, "_told", return_value={}),
        mock.patch.object(view, "Stacks") as stacks,
    ):
        stacks.return_value.may_change.return_value = may_change
        cluster = made.shown(mock.Mock(project_id="p"), stack, "retrieve")
    return dict(cluster.attributes), stacks


def test_the_owner_is_shown_key_and_passwords() -> None:
    found, _ = shown(True, ssh_public_key=KeyPair(KEY, "p", "c").public)
    assert "PRIVATE KEY" in found["ssh_private_key"] and len(found[PASSWORD]) == 16
    assert found[WARNINGS] == "unknown attribute a"
    # what no component generates is not derived, whatever a note says
    assert "icclab.disco.components.heat.ending" not in found


@pytest.mark.parametrize(
    "outputs", [{"ssh_public_key": KeyPair(KEY, "p", "c").public}, {"ssh_private_key": "original"}]
)
def test_a_reader_is_shown_that_there_are_some(outputs: dict[str, str]) -> None:
    found, _ = shown(False, **outputs)
    assert "ssh_private_key" not in found and found[PASSWORD] == "***"
    assert found[WARNINGS] == f"unknown attribute a; {view.NO_SECRETS}"


def test_what_is_kept_of_a_cluster_that_is_deleted_has_no_secret() -> None:
    stack = Stack(
        "c", "s", StackStatus("CREATE_COMPLETE"), outputs={"ssh_private_key": "s3cret"},
        attributes={GENERATED: "x", "icclab.disco.components.kafka.conf.a.password": "s3cret"},
    )  # fmt: skip
    made = view.ClusterView(mock.Mock(), CATALOGUE, mock.Mock(), "/disco/", mock.Mock())
    with mock.patch.object(view.ClusterView, "_told", return_value={"disco.phase": "complete"}):
        kept = made.without_secrets(mock.Mock(), stack)
    assert (kept["stackid"], kept["disco.phase"]) == ("s", "complete")
    assert "s3cret" not in str(kept)


def test_a_stack_s_outputs_do_not_say_how_the_cluster_is() -> None:
    said = {
        name: "hostile"
        for name in ("stack_status", "stackid", "status", "disco.created", "disco.failure.hint")
    }
    found, _ = shown(True, **said, external_ip="203.0.113.5", of_the_original="x")
    assert "hostile" not in found.values()
    assert (found["external_ip"], found["of_the_original"]) == ("203.0.113.5", "x")
    assert found["stack_status"] == "CREATE_COMPLETE"
