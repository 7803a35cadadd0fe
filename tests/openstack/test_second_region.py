"""A region of its own behind TLS, with a certificate of a private authority."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from disco.config import KNOWN
from tests.openstack.box import Box
from tests.openstack.catalogue import connect
from tests.openstack.conftest import Left, Stage, compared, running_stage
from tests.openstack.settings import SECOND_REGION, USER, State


@pytest.fixture(scope="module")
def second(box: Box, state: State, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """DISCO for the second region, which trusts the authority."""
    folder = tmp_path_factory.mktemp("second")
    ca = str(state.authority)
    settings = {"verify": ca} | ({"ca_file": ca} if "ca_file" in KNOWN["disco"] else {})
    with running_stage(state, folder, SECOND_REGION, **settings) as found:
        yield found


@pytest.fixture
def left(second: Stage) -> Iterator[Left]:
    with compared(second) as found:
        yield found


def test_a_cluster_is_complete_there_and_unknown_in_the_first(
    second: Stage, stage: Stage, left: Left
) -> None:
    if "ca_file" not in KNOWN["disco"]:
        pytest.skip("this DISCO cannot tell nodes an authority: their signal would be refused")
    cluster = second.create()
    second.wait("create 1 + 1 over TLS", cluster, "CREATE_COMPLETE")
    first = connect(USER)
    stacks = [stack.name for stack in first.orchestration.stacks()]
    assert f"disco_{cluster[-36:]}" not in stacks
    assert stage.caller.request("GET", f"/disco/{cluster[-36:]}").status_code == 404
    second.delete(cluster)
    assert left() == {}


def test_a_service_that_does_not_trust_the_authority_says_so(
    box: Box, state: State, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("distrustful")
    with running_stage(state, folder, SECOND_REGION) as found:
        answer = found.caller.get("/disco/", Accept="application/json")
    assert answer.status_code in (502, 503)
    assert "certificate" in answer.text.lower()
