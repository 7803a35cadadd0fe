"""What was made of a cluster before is not told in place of how it is now."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from disco.clusters.cluster_lists import ClusterLists
from disco.clusters.list_health import ListHealth

LOGIN: Any = mock.Mock(project_id="p")


@pytest.mark.parametrize(
    ("known", "asked", "told"),
    [(False, False, False), (False, True, True), (True, False, True), (True, True, True)],
)
def test_lists_have_more_than_heat_says_where_health_is_asked_for_or_known(
    known: bool, asked: bool, told: bool
) -> None:
    lists = ClusterLists(mock.Mock(), mock.Mock(), keep=True)
    with mock.patch.object(ListHealth, "knows", return_value=known):
        assert lists.may_tell_health(LOGIN, asked) is told
