"""A plug-in that needs a token to get a token says so, and does not wait for itself."""

from __future__ import annotations

import threading

import pytest
import requests_mock
from keystoneauth1 import exceptions, session
from keystoneauth1.identity import generic

from disco.client import Client, DiscoClientError
from disco.client.plugin_lock import never_wait_for_itself


@pytest.mark.parametrize("path", ["/v3/auth/tokens", "/v3", "", "/any"])
def test_an_address_that_wants_a_token_ends(requests_mock: requests_mock.Mocker, path: str) -> None:
    requests_mock.register_uri(requests_mock_any(), requests_mock_any(), status_code=401, json={})
    auth = generic.Password(
        f"http://k{path}", username="a", password="b", project_name="c",
        user_domain_name="d", project_domain_name="d",
    )  # fmt: skip
    raised: list[BaseException] = []

    def ask() -> None:
        try:
            Client(session.Session(auth), "http://disco.example").list()
        except DiscoClientError as error:
            raised.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(20)
    assert not asking.is_alive()
    assert len(raised) == 1


def requests_mock_any() -> object:
    return requests_mock.ANY


def test_a_plug_in_is_changed_once_and_works_as_before() -> None:
    class Plugin:
        def get_access(self, session: object, **more: object) -> tuple[object, object]:
            return session, more

    plugin = Plugin()
    never_wait_for_itself(plugin)
    guarded = plugin.get_access
    never_wait_for_itself(plugin)
    assert plugin.get_access is guarded
    assert plugin.get_access("s", a=1) == ("s", {"a": 1})
    assert plugin.get_access("s") == ("s", {})
    never_wait_for_itself(object())  # of another kind: left alone


def test_what_asks_for_itself_is_refused_and_can_ask_again() -> None:
    class Plugin:
        again = True

        def get_access(self, session: object) -> object:
            return self.get_access(session) if self.again else "token"

    plugin = Plugin()
    never_wait_for_itself(plugin)
    with pytest.raises(exceptions.Unauthorized):
        plugin.get_access(None)
    plugin.again = False
    assert plugin.get_access(None) == "token"
