"""What the cloud says is passed on as one line, whatever it is, in a time that is linear."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import requests
from heatclient import exc
from keystoneauth1 import exceptions

from disco.errors import CloudError, CloudUnavailable, DiscoError, NotInCloud
from disco.openstack.errors import MAX_MESSAGE, cloud_errors, tidy


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("ERROR: No such stack", "No such stack"),
        ("Not found (HTTP 404) (Request-ID: req-1)", "Not found (HTTP 404)"),
        ("Gone \n (Request-ID: req-1). Sorry", "Gone. Sorry"),
        (r"Quota\nNeutron server returns request_ids: ['req-1', 'req-2']", "Quota"),
        ("Quota\nNeutron server returns request_ids: ['req-1']", "Quota"),
        ("  a \t b\r\nc ", "a b c"),
        ("half \ud800 of", "half \ufffd of"),
        ("", ""),
    ],
)
def test_a_sentence_of_the_clouds_on_one_line(message: str, told: str) -> None:
    assert tidy(message) == told


@pytest.mark.parametrize(
    "piece", [" ", "\n", "(Request-ID: ", "Neutron server returns request_ids: ["]
)
def test_a_long_text_costs_little(piece: str) -> None:
    """Heat keeps 60,000 blanks that a node signals; they took 14 s."""
    text = f"x{piece * (200_000 // len(piece))}y"
    began = time.process_time()
    told = tidy(text)
    assert time.process_time() - began < 0.5
    assert len(told) <= MAX_MESSAGE


BODIES = [
    *("[" * 100_000, '{"a":' * 5000, "null", "[]", "7", "no JSON", ""),
    *({"error": None}, {"error": []}, {"error": {"message": ["x"]}}, {"explanation": {"a": 1}}),
    *({"error": {"message": "9"}, "code": "NUMBER"}, {"error": {"message": "\ud800"}}),
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: str(body)[:30])
def test_an_answer_of_heats_in_another_form_is_an_error_of_the_clouds(body: object) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    text = text.replace('"NUMBER"', "9" * 5000)
    with pytest.raises(DiscoError) as raised, cloud_errors("orchestration"):
        raise exc.HTTPInternalServerError(text)
    assert isinstance(raised.value, CloudError)
    raised.value.message.encode()


def test_heats_own_words_are_passed_on() -> None:
    body = json.dumps({"error": {"message": "The Stack (x) could not be found."}})
    words = r": The Stack \(x\) could not be found\.$"
    with pytest.raises(NotInCloud, match=words), cloud_errors("orchestration"):
        raise exc.HTTPNotFound(body)


@pytest.mark.parametrize("body", ["[" * 100_000, "no JSON", ""], ids=["nested", "text", "empty"])
def test_what_is_no_json_is_an_error_of_the_clouds(body: str) -> None:
    answer = requests.Response()
    answer._content = body.encode()
    with pytest.raises(CloudError, match="not JSON"), cloud_errors("compute"):
        answer.json()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "Invalid input for field 'identity/password': 'geheim' is not of type 'object'",
            "Invalid input for field 'identity/password'.",
        ),
        (
            "{'token': {'id': 'geheim'}} is not valid. Failed validating 'required'",
            "The log-in is not of the form that Keystone reads.",
        ),
        (
            "'identity' is a required property On instance: {'passwordCredentials': ['geheim']}",
            "The log-in is not of the form that Keystone reads.",
        ),
        ("Expecting to find domain in user.", "Expecting to find domain in user."),
    ],
)
def test_what_keystone_says_of_a_log_in_has_no_password(said: str, told: str) -> None:
    with pytest.raises(DiscoError) as error, cloud_errors("identity"):
        raise exceptions.BadRequest(said)
    message = error.value.message.removesuffix(" (HTTP 400)")
    assert message == f"The identity service refused the request: {told}"


def answered(status: int, body: bytes = b"{}", **headers: str) -> exceptions.HttpError:
    answer = requests.Response()
    answer.status_code, answer._content = status, body
    answer.headers.update({name.replace("_", "-"): text for name, text in headers.items()})
    return exceptions.from_response(answer, "GET", "http://nova/")


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("said", "told"),
    [
        (None, 10), ("", 10), ("7", 7), (" 7 ", 7), ("0", 1), ("-5", 10), ("99999999", 3600),
        ("9" * 5000, 10), ("soon", 10), ("Wed, 21 Oct 2015 07:28:00 GMT", 1),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600),
    ],
)  # fmt: skip
def test_when_to_ask_again_is_passed_on(status: int, said: str | None, told: int) -> None:
    headers = {} if said is None else {"Retry_After": said}
    with pytest.raises(CloudUnavailable, match="compute") as raised, cloud_errors("compute"):
        raise answered(status, **headers)
    assert raised.value.retry_after == told


@pytest.mark.parametrize(
    ("body", "by_service"), [(b'{"itemNotFound": {}}', True), (b"<html>", False), (b"", False)]
)
def test_a_404_of_the_clouds_is_no_404_of_the_users(body: bytes, by_service: bool) -> None:
    with pytest.raises(NotInCloud, match="compute service") as raised, cloud_errors("compute"):
        raise answered(404, body)
    assert (raised.value.status, raised.value.by_service) == (502, by_service)


@pytest.mark.parametrize(
    "read",
    [
        lambda: dict(None),  # type: ignore[call-overload]
        lambda: {}["stack"],
        lambda: [][0],
        lambda: int("many"),
        lambda: "text".nothing,  # type: ignore[attr-defined]
        lambda: int(float("inf")),
    ],
)
def test_an_answer_that_cannot_be_read_is_an_error_of_the_clouds(read: Any) -> None:
    words = "image service answered in an unknown form"
    with pytest.raises(CloudError, match=words), cloud_errors("image"):
        read()


def test_the_service_that_failed_on_the_way_is_named() -> None:
    error = exceptions.ConnectFailure("away")
    error.service = "identity"
    with pytest.raises(CloudUnavailable, match="identity service"), cloud_errors("compute"):
        raise error
