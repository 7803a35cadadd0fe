"""Where requests go, and who they come from."""

from __future__ import annotations

import socket

import pytest
import requests_mock
from keystoneauth1 import exceptions, session
from keystoneauth1.identity import generic

from disco.client import Client, InvalidAnswer, NotAuthenticated, ServiceFailed, Unreachable
from disco.client.transport import DEFAULT_ENDPOINT, Transport, as_collection
from tests.support.wire import BASE, ID, URL, Somebody, resource


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


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": 1e999}',
        b'{"a": NaN}',
        b'{"a": "\\ud800"}',
        b"\xff\xfe",
        b"[" + b"0," * 2000 + b"0]",
    ],
    ids=["deep", "digits", "infinite", "no number", "surrogate", "bytes", "values"],
)
def test_an_answer_that_no_service_gives_is_an_error_in_a_sentence(
    client: Client, wire: requests_mock.Mocker, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("disco.client.transport.MAX_VALUES", 1000)
    wire.get(URL, content=body, headers={"Content-Type": "application/json"})
    with pytest.raises(InvalidAnswer, match=f"The answer of {BASE} cannot be read: "):
        client.get(ID)
    wire.get(URL, content=body, status_code=500, headers={"Content-Type": "application/json"})
    with pytest.raises(ServiceFailed, match="is not a DISCO service"):
        client.get(ID)


def test_an_answer_without_an_end_is_not_kept(
    client: Client, wire: requests_mock.Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("disco.client.transport.MAX_BYTES", 1 << 20)
    wire.get(URL, content=b" " * (2 << 20))
    with pytest.raises(InvalidAnswer, match="answered with more than 1 MiB"):
        client.get(ID)


def test_another_cluster_than_asked_for_is_refused(
    client: Client, wire: requests_mock.Mocker
) -> None:
    other = {**resource("CREATE_COMPLETE"), "id": f"urn:uuid:{ID.replace('7', '8')}"}
    wire.get(URL, json=other)
    with pytest.raises(InvalidAnswer, match="answered with another cluster"):
        client.get(ID)


@pytest.mark.parametrize("path", ["/v3", ""])
def test_a_keystone_that_says_nothing_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("disco.client.transport.KEYSTONE_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}{path}"
        auth = generic.Password(
            url, username="a", password="b", project_name="c",
            user_domain_name="d", project_domain_name="d",
        )  # fmt: skip
        with pytest.raises(Unreachable, match="did not answer within"):
            Client(session.Session(auth), "http://disco.example").list()
