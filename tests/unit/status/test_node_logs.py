"""A master that did not answer is left alone for a while, but not when it is the last time."""

from __future__ import annotations

from unittest import mock

from disco.openstack.session import Login
from disco.status import node_logs
from disco.status.node_logs import NodeLogs

ADDRESS = "203.0.113.5"


def test_the_last_question_is_put_to_a_master_that_was_silent() -> None:
    login, nodes = mock.Mock(spec=Login, project_id="p"), NodeLogs()
    with (
        mock.patch.object(node_logs, "_is_own_floating_ip", return_value=True),
        mock.patch.object(node_logs, "_fetch", side_effect=TimeoutError),
    ):
        assert nodes.may_ask(login, ADDRESS)
        assert nodes.read(login, ADDRESS, "/deployment.log", 1) is None
        assert not nodes.may_ask(login, ADDRESS)
        assert nodes.may_ask(login, ADDRESS, last=True)


def test_the_last_question_is_not_put_to_an_address_of_others() -> None:
    login, nodes = mock.Mock(spec=Login, project_id="p"), NodeLogs()
    with mock.patch.object(node_logs, "_is_own_floating_ip", return_value=False):
        assert not nodes.may_ask(login, ADDRESS, last=True)
