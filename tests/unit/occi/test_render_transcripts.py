"""Answers byte for byte as clients of the original know them, its faults mended."""

from __future__ import annotations

import json

import pytest

from disco.occi import (
    LINK_KIND,
    Action,
    Kind,
    Mixin,
    Resource,
    pieces_of,
    render_categories,
    render_collection,
    render_ok,
    render_resource,
)
from tests.support.occi_samples import (
    ACTIVE_KIND,
    BASE,
    COMPLETE,
    ID,
    KEY_IN_TEXT,
    KIND,
    KIND_LINE,
    LINK_LINE,
    MIXIN,
    NAMES,
    RESUME,
    SUSPEND,
    resource,
)

URL = f"{BASE}/disco/{ID}"
OTHER = Resource(kind=KIND, id="bbf904ff-41a3-4555-bcc4-19f4a9862f82")
OLD_KIND = {
    "attributes": dict.fromkeys(NAMES.split(), "muttable"),
    "location": "/disco/",
    "related": ["http://schemas.ogf.org/occi/core#resource"],
    "scheme": "http://schemas.cloudcomplab.ch/occi/sm#",
    "term": "disco",
    "title": "DISCO: Hadoop as a service",
}
OLD_LINK = {"location": "/link/", "scheme": "http://schemas.ogf.org/occi/core#", "term": "link"}


def test_query_text_occi() -> None:
    found = render_categories([LINK_KIND, KIND], "text/occi", BASE)
    assert found.content_type == "text/occi"
    assert found.headers == {"Category": f"{LINK_LINE}, {KIND_LINE}"}
    assert found.body == "OK"


@pytest.mark.parametrize("media_type", ["text/plain", "text/occi+plain"])
def test_query_text_plain(media_type: str) -> None:
    found = render_categories([LINK_KIND, KIND], media_type, BASE)
    assert found.content_type == media_type
    assert found.headers == {}
    assert found.body == f"\nCategory: {LINK_LINE}\nCategory: {KIND_LINE}"


def test_query_old_json() -> None:
    found = render_categories([LINK_KIND, KIND], "application/occi+json", BASE)
    assert found.content_type == "application/occi+json"
    assert json.loads(found.body) == [OLD_LINK, OLD_KIND]
    assert found.body.startswith('[\n  {\n    "location": "/link/",\n    "scheme": ')


def test_query_user_mixin() -> None:
    assert render_categories([MIXIN], "text/plain", BASE).body == (
        '\nCategory: my_mixin; scheme="http://example.com/occi#"; class="mixin";'
        ' location="http://127.0.0.1:8888/my_mixin/"'
    )


def test_query_shows_what_attributes_need_and_actions() -> None:
    lines = render_categories([ACTIVE_KIND, SUSPEND], "text/plain", BASE).body.split("\n")
    action = "http://schemas.cloudcomplab.ch/occi/sm/action#"
    assert (
        'attributes="a.name{required} a.state{immutable} a.both{immutable required}";'
        f' actions="{action}suspend {action}resume"'
    ) in lines[1]
    assert lines[2] == f'Category: suspend; scheme="{action}"; class="action"; title="Suspend it"'


def test_query_old_json_has_the_service_kind_as_last_related_one() -> None:
    given: list[Kind | Mixin | Action] = [KIND, LINK_KIND, SUSPEND, MIXIN]
    found = json.loads(render_categories(given, "application/occi+json", BASE).body)
    assert [c["term"] for c in found if "related" in c][-1] == "disco"
    assert found[-1] == OLD_KIND


def test_query_has_no_uri_list() -> None:
    with pytest.raises(ValueError, match="uri-list"):
        render_categories([KIND], "text/uri-list", BASE)


def test_cluster_text_occi() -> None:
    found = render_resource(resource(COMPLETE), "text/occi", BASE)
    assert found.body == "OK"
    assert set(found.headers) == {"Category", "X-OCCI-Attribute"}
    assert found.headers["Category"] == KIND_LINE
    assert found.headers["X-OCCI-Attribute"] == (
        'stackid="b94a3c02-3db6-4e2f-a0c7-fe4ba85e3723",'
        " icclab.disco.dependencies.inject=\"{'hadoop': '', 'spark': ''}\","
        ' icclab.disco.components.heat.slavecount="2", mcn.service.state="retrieve",'
        ' ssh_public_key="ssh-rsa AAAAB3Nfake Generated-by-Nova", external_ip="10.20.30.40",'
        f' ssh_key_name="disco_sshkey", {KEY_IN_TEXT}, stack_status="CREATE_COMPLETE",'
        f' occi.core.id="/disco/{ID}"'
    )


def test_cluster_text_plain() -> None:
    # as recorded, with the quotation mark and the leading blank mended
    values = {"single": "p,q", "c": "x,y", "e": "k=v", "n": "5", "q": 'say "hi"', "s": "a b"}
    found = render_resource(resource({**values, "z": ""}), "text/plain", BASE)
    assert found.body == (
        f'\nCategory: {KIND_LINE}\nX-OCCI-Attribute: single="p,q"\nX-OCCI-Attribute: c="x,y"'
        '\nX-OCCI-Attribute: e="k=v"\nX-OCCI-Attribute: n="5"'
        '\nX-OCCI-Attribute: q="say \\"hi\\""\nX-OCCI-Attribute: s="a b"'
        f'\nX-OCCI-Attribute: z=""\nX-OCCI-Attribute: occi.core.id="/disco/{ID}"'
    )


def test_cluster_old_json() -> None:
    found = render_resource(resource(COMPLETE), "application/occi+json", BASE)
    assert json.loads(found.body) == {
        "actions": [],
        "attributes": {
            **COMPLETE,
            "ssh_private_key": COMPLETE["ssh_private_key"].replace("\n", "\\n"),
            "occi.core.id": f"/disco/{ID}",
        },
        "kind": OLD_KIND,
        "links": [],
        "mixins": [],
    }
    assert r'"-----BEGIN RSA PRIVATE KEY-----\\nMIIEfake+line1\\nline2=' in found.body


@pytest.mark.parametrize("media_type", ["text/plain", "text/occi", "application/occi+json"])
def test_a_key_with_written_newlines_is_shown_as_one_with_real_ones(media_type: str) -> None:
    written = {**COMPLETE, "ssh_private_key": COMPLETE["ssh_private_key"].replace("\n", "\\n")}
    assert render_resource(resource(written), media_type, BASE) == render_resource(
        resource(COMPLETE), media_type, BASE
    )


def test_actions_are_links_of_their_own_header() -> None:
    given = resource({"stack_status": "CREATE_COMPLETE"}, actions=(SUSPEND, RESUME))
    rel = "http://schemas.cloudcomplab.ch/occi/sm/action#"
    links = [
        f'</disco/{ID}?action=suspend>; rel="{rel}suspend"',
        f'</disco/{ID}?action=resume>; rel="{rel}resume"',
    ]
    assert render_resource(given, "text/occi", BASE).headers["Link"] == ", ".join(links)
    body = render_resource(given, "text/plain", BASE).body
    assert body.endswith(f"\nLink: {links[0]}\nLink: {links[1]}")
    old = json.loads(render_resource(given, "application/occi+json", BASE).body)
    assert [a["link"] for a in old["actions"]] == [
        f"/disco/{ID}?action=suspend",
        f"/disco/{ID}?action=resume",
    ]


def test_mixins_are_categories_of_the_cluster() -> None:
    given = resource({}, mixins=(MIXIN,))
    body = render_resource(given, "text/plain", BASE).body
    assert [line[:20] for line in body.split("\n")[1:3]] == [
        "Category: disco; sch",
        "Category: my_mixin; ",
    ]
    old = json.loads(render_resource(given, "application/occi+json", BASE).body)
    assert [m["term"] for m in old["mixins"]] == ["my_mixin"]


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("text/plain", ""),
        ("text/occi+plain", ""),
        ("text/occi", "OK"),
        ("text/uri-list", "# uri:/disco/"),
        ("application/occi+json", "[]"),
        ("application/json", '{\n  "resources": []\n}'),
    ],
)
def test_empty_list(media_type: str, body: str) -> None:
    found = render_collection(pieces_of([]), media_type, BASE).render()
    assert (found.content_type, found.headers, found.body) == (media_type, {}, body)


def test_list_text_occi() -> None:
    found = render_collection(pieces_of([resource({}), OTHER]), "text/occi", BASE).render()
    assert found.headers == {"X-OCCI-Location": f"{URL}, {BASE}/disco/{OTHER.id}"}
    assert found.body == "OK"


def test_list_text_plain() -> None:
    found = render_collection(pieces_of([resource({}), OTHER]), "text/plain", f"{BASE}/").render()
    assert found.body == f"\nX-OCCI-Location: {URL}\nX-OCCI-Location: {BASE}/disco/{OTHER.id}"


def test_list_uri_list() -> None:
    found = render_collection(
        pieces_of([resource({}), OTHER]), "text/uri-list", BASE, "/disco/"
    ).render()
    assert found.body == f"# uri:/disco/\n{URL}\n{BASE}/disco/{OTHER.id}"


def test_list_old_json_is_an_array_of_whole_clusters() -> None:
    found = json.loads(
        render_collection(pieces_of([resource(COMPLETE)]), "application/occi+json", BASE)
        .render()
        .body
    )
    one = json.loads(render_resource(resource(COMPLETE), "application/occi+json", BASE).body)
    assert found == [one]


@pytest.mark.parametrize(
    "media_type", ["text/plain", "text/occi", "text/uri-list", "application/occi+json"]
)
def test_ok(media_type: str) -> None:
    found = render_ok(media_type)
    assert (found.content_type, found.headers, found.body) == (media_type, {}, "OK")


@pytest.mark.parametrize("media_type", ["application/json", "application/occi+json; version=1.2"])
def test_ok_is_json_for_clients_of_occi_12(media_type: str) -> None:
    assert json.loads(render_ok(media_type).body) == {}
