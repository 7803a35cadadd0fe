"""Which creates are previews, and in which form a preview is answered."""

from __future__ import annotations

import falcon
import pytest
import yaml
from falcon import testing

from disco.api.kind import PREVIEW
from disco.api.resources.preview import reply_preview, wants_preview, without_action
from disco.attributes import DEPLOYER_TYPE
from disco.occi import CategoryRef, Message

KIND = CategoryRef("disco", "http://schemas.cloudcomplab.ch/occi/sm#")
ACTION = CategoryRef(PREVIEW.term, PREVIEW.scheme)


def request(query: str = "", **headers: str) -> falcon.Request:
    return falcon.Request(testing.create_environ(query_string=query, headers=headers))


@pytest.mark.parametrize(
    ("query", "message", "wanted"),
    [
        ("action=preview", Message((KIND,)), True),
        ("", Message((KIND,), action=PREVIEW.type_id), True),
        ("", Message((KIND,), {DEPLOYER_TYPE: " filedeployer "}), True),
        ("action=suspend", Message((KIND,)), False),
        ("", Message((KIND,), {DEPLOYER_TYPE: "OpenstackDeployer"}), False),
    ],
)
def test_a_create_asks_for_a_preview(query: str, message: Message, wanted: bool) -> None:
    assert wants_preview(request(query), message) is wanted


def test_the_create_of_a_preview_has_its_kind_alone() -> None:
    assert without_action(Message((KIND, ACTION), {"a": "b"})) == Message((KIND,), {"a": "b"})


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/occi", "image/png"])
def test_it_is_json_for_all_but_text(accept: str) -> None:
    response = falcon.Response()
    reply_preview(request(Accept=accept), response, {"nodes": []})
    assert (response.media, response.text) == ({"nodes": []}, None)


def test_scripts_keep_their_lines_in_yaml() -> None:
    response, preview = falcon.Response(), {"script": "#!/bin/sh\necho hello\n", "n": 1}
    reply_preview(request(Accept="text/plain"), response, preview)
    assert response.data is not None and b"script: |\n  #!/bin/sh\n" in response.data
    assert yaml.safe_load(response.data) == preview
