"""Where requests go, and who they come from."""

from __future__ import annotations

import pytest
import requests_mock
from keystoneauth1 import exceptions, session

from disco.client import Client, NotAuthenticated
from disco.client.transport import DEFAULT_ENDPOINT, Transport, as_collection
from tests.support.wire import Somebody


class InCatalogue(Somebody):
    """Somebody whose catalogue has a DISCO."""

    def get_endpoint(self, *_: object, **__: object) -> str:
        return "http://catalogue.example/disco/"


class WithoutCatalogue(Somebody):
    def get_endpoint(self, *_: object, **__: object) -> str:
        raise exceptions.EmptyCatalog()


@pytest.mark.parametrize("url", ["http://a:8888", "http://a:8888/", "http://a:8888/disco"])
def test_the_service_s_address_leads_to_its_clusters(url: str) -> None:
    assert as_collection(url) == "http://a:8888/disco/"


def test_the_address_is_the_given_one_then_the_variable_s_then_the_catalogue_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DISCO", raising=False)
    listed = session.Session(InCatalogue())
    assert Transport(listed, None, None).base == "http://catalogue.example"
    monkeypatch.setenv("DISCO", "http://variable.example")
    assert Transport(listed, None, None).base == "http://variable.example"
    assert Transport(listed, "http://given.example", None).base == "http://given.example"
    monkeypatch.delenv("DISCO")
    assert Transport(session.Session(WithoutCatalogue()), None, None).base == DEFAULT_ENDPOINT


def test_credentials_without_a_project_are_refused_before_anything_is_sent(
    wire: requests_mock.Mocker,
) -> None:
    nobody = Somebody()
    nobody.project = None
    with pytest.raises(NotAuthenticated, match="name no project") as caught:
        Client(session.Session(nobody), "http://disco.example").list()
    assert caught.value.hint
    assert "--os-project-name" in caught.value.hint
    assert wire.request_history == []
