"""What the cloud says is passed on as one line, whatever it is, in a time that is linear."""

from __future__ import annotations

import json
import time

import pytest
import requests
from heatclient import exc
from keystoneauth1 import exceptions

from disco.errors import CloudError, DiscoError, NotFound
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
    words = r"^The Stack \(x\) could not be found\.$"
    with pytest.raises(NotFound, match=words), cloud_errors("orchestration"):
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
