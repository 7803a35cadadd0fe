"""What clients that others wrote understand of a real service's answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import PUBLIC_KEY, complete_cluster
from tests.api.occi_clients.clients import CLIENTS, Answer, Client
from tests.support.service import KIND, Caller, ServiceProcess, on_network

#: names and values of a user's own, which travel with the cluster
NOTES = {
    "my.quotes": "say \"hi\" or 'ho'",
    "my.quote-at-the-end": 'the 19"',
    "my.backslashes": "C:\\new\\temp\\",
    "my.commas": "a, b,c",
    "my.semicolons": "a; rel=b;c",
    "my.equals": "a=b==c",
    "my.umlauts": "Zürich, Ærø",
    "my.astral": "🚀 𝄞",
    "my.empty": "",
    "my.blanks": " a  b ",
    "my.number": "1.50",
    "my.lines": "one\\ntwo",
}
#: and one that ends pyssf's reading of the whole cluster: it takes it for a category
NAMES_IN_A_VALUE = {"my.names": "Category: x; Link: y"}
#: what a client says of its version, and in which header
VOICES = {
    "1.1 in User-Agent": {"User-Agent": "client/1 (linux) OCCI/1.1"},
    "1.2 in User-Agent": {"User-Agent": "client/1 OCCI/1.2"},
    "1.1 in Accept": {"Accept": "{media}; version=1.1"},
    "1.2 in Accept": {"Accept": "{media}; OCCI/1.2"},
    "none": {},
}
TEXTS = ("text/plain", "text/occi")
#: clients that read headers only as OCCI's own versions write them
NEED_A_VERSION = {("jocci", "text/occi")}


def is_lost(client: str, media_type: str, value: str, voice: str) -> bool:
    """Whether a client's own faults keep it from reading this value."""
    if client == "jocci":
        # its pattern of a string has no escapes, and it splits headers at every comma
        return '"' in value or "\\" in value or (media_type == "text/occi" and "," in value)
    if client == "pyssf":
        # it strips what is at the ends, and undoes escapes only where there is a comma
        unread = value != value.strip() or '"' in value
        return unread or ("\\" in value and media_type == "text/plain")
    # the others undo each escape, where a client of the original expects \n as it is
    return voice == "none" and "\\n" in value


@pytest.fixture(scope="module")
def cluster(
    service: ServiceProcess, alice_headers: dict[str, str], network_of_alice: str
) -> Iterator[str]:
    caller = Caller(service.base, dict(alice_headers))
    quoted = {name: escape(value) for name, value in NOTES.items()}
    with complete_cluster(caller, {**on_network(network_of_alice), **quoted}) as path:
        yield path


@pytest.fixture(scope="module")
def plain_cluster(
    service: ServiceProcess, alice_headers: dict[str, str], network_of_alice: str
) -> Iterator[str]:
    """One with nothing to escape, for pOCCI: a single backslash has it refuse the whole."""
    caller = Caller(service.base, dict(alice_headers))
    wanted = on_network(network_of_alice, sshpublickey=PUBLIC_KEY)
    with complete_cluster(caller, wanted) as path:
        yield path


def escape(value: str) -> str:
    """A value for a header of the README's create, as the bytes of UTF-8."""
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return quoted.encode().decode("latin-1")


@pytest.fixture(scope="module")
def alice(service: ServiceProcess, alice_headers: dict[str, str]) -> Caller:
    return Caller(service.base, dict(alice_headers))


@pytest.fixture(scope="module", params=sorted(CLIENTS))
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Client:
    folder = tmp_path_factory.mktemp(request.param)
    return CLIENTS[request.param](folder)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.node.callspec.params["client"]
    return found


Ask = Callable[..., list[Any]]


@pytest.fixture
def ask(alice: Caller, client: Client, tmp_path: Path) -> Ask:
    """What the client reads of an address, in each of the media types, for each voice."""

    def ask(what: str, path: str, cases: list[tuple[str, str]]) -> list[Any]:
        answers = []
        for media_type, voice in cases:
            said = {k: v.format(media=media_type) for k, v in VOICES[voice].items()}
            answer = alice.get(path, **{"Accept": media_type, **said})
            assert answer.status_code == 200, answer.text
            # headers as their bytes, in UTF-8
            headers = [(n, v.encode("latin-1").decode()) for n, v in answer.raw.headers.iteritems()]
            answers.append(Answer(what, media_type, headers, answer.content))
        return client.read(answers, tmp_path)

    return ask


def cases(client: str, *media_types: str) -> list[tuple[str, str]]:
    return [
        (media_type, voice)
        for media_type in media_types
        for voice in VOICES
        if voice != "none" or (client, media_type) not in NEED_A_VERSION
    ]


def test_the_query_interface(ask: Ask, alice: Caller, name: str) -> None:
    told = alice.get("/-/", Accept="application/json").json()
    expected = {}
    for cls in ("kind", "mixin", "action"):
        for item in told[f"{cls}s"]:
            rel = item.get("parent") or next(iter(item.get("depends", ())), None)
            type_id = item["scheme"] + item["term"]
            # a name with a star stands for many, and is none of OCCI's text
            names = sorted(n for n in item["attributes"] if "*" not in n)
            expected[type_id] = (cls, item["title"] or None, rel, names)
    asked = cases(name, *TEXTS)
    for case, read in zip(asked, ask("model", "/-/", asked), strict=True):
        assert "failed" not in read, (case, read)
        found = {
            c["id"]: (c["class"], c["title"], c["rel"], sorted(c["attributes"]))
            for c in read["categories"]
            # jOCCI-core adds the kinds of the core model, with attributes of its own
            if c["id"] in expected and not c["id"].endswith("core#link")
        }
        assert found == {k: v for k, v in expected.items() if not k.endswith("core#link")}, case


def test_a_cluster(request: pytest.FixtureRequest, ask: Ask, alice: Caller, name: str) -> None:
    cluster = request.getfixturevalue("plain_cluster" if name == "pocci" else "cluster")
    whole = alice.get(cluster, Accept="application/occi+json").json()
    assert name == "pocci" or whole["attributes"].items() >= NOTES.items()
    kind = whole["kind"]["scheme"] + whole["kind"]["term"]
    actions = [a["kind"]["scheme"] + a["kind"]["term"] for a in whole["actions"]]
    asked = cases(name, *TEXTS)
    for case, read in zip(asked, ask("cluster", cluster, asked), strict=True):
        assert "failed" not in read, (case, read)
        assert (read["kind"], sorted(read["actions"])) == (kind, sorted(actions)), case
        lost = {k for k, v in whole["attributes"].items() if is_lost(name, case[0], v, case[1])}
        assert len(lost) <= len(NOTES), "hardly anything would be compared"
        assert not lost or name != "pocci"
        expected = {k: v for k, v in whole["attributes"].items() if k not in lost}
        assert {k: v for k, v in read["attributes"].items() if k not in lost} == expected, case


def test_the_list(ask: Ask, alice: Caller, cluster: str, name: str) -> None:
    asked = cases(name, *TEXTS)
    if name == "jocci":
        # where OCCI 1.2 has a list for it; rOCCI, of 1.1, could not do with that header
        asked = [case for case in asked if case[0] == "text/plain" or "1.2" in case[1]]
    if name in ("jocci", "pocci", "occi_py"):
        # with a version: they take a comment for a location, and refuse it or list it
        asked += [("text/uri-list", voice) for voice in VOICES if voice != "none"]
    listed = alice.get("/disco/", Accept="text/plain").text
    expected = {line.partition(": ")[2] for line in listed.split("\n") if line}
    assert f"{alice.base}{cluster}" in expected
    for case, read in zip(asked, ask("list", "/disco/", asked), strict=True):
        assert "failed" not in read, (case, read)
        assert set(read["locations"]) == expected, case
        # pOCCI reads both headers of a list in text/occi
        assert name == "pocci" or len(read["locations"]) == len(expected), case


def test_who_names_no_version_gets_what_the_original_wrote(alice: Caller, cluster: str) -> None:
    shown = alice.get(cluster, Accept="text/occi")
    assert ', occi.core.id="' in shown.headers["X-OCCI-Attribute"]
    for agent in ("curl/7.88.1", "rOCCI OCCI/1.1"):
        listed = alice.get("/disco/", **{"Accept": "text/occi", "User-Agent": agent})
        assert "Location" not in listed.headers
    assert alice.get("/disco/", Accept="text/uri-list").text.startswith("# uri:/disco/\n")
    plain = alice.get(cluster, Accept="text/plain")
    assert plain.headers["Content-Type"] == "text/plain"
    assert plain.text.startswith("\nCategory: disco; ")


def test_the_older_version_can_be_asked_of_the_json(alice: Caller, cluster: str) -> None:
    old = {"Accept": "application/occi+json; version=1.1", "User-Agent": "x OCCI/1.2"}
    assert isinstance(alice.get(cluster, **old).json()["kind"], dict)
    new = {"Accept": "application/occi+json", "User-Agent": "x OCCI/1.2"}
    assert isinstance(alice.get(cluster, **new).json()["kind"], str)


def as_lines(attributes: dict[str, str], category: str) -> bytes:
    lines = [f"Category: {category}"]
    for name, value in attributes.items():
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'X-OCCI-Attribute: {name}="{quoted}"')
    return "\r\n".join(lines).encode()


def as_json(attributes: dict[str, str], _: str) -> bytes:
    kind = "http://schemas.cloudcomplab.ch/occi/sm#disco"
    return json.dumps({"kind": kind, "attributes": attributes}).encode()


@pytest.mark.parametrize(
    ("content_type", "rendered"),
    [("text/plain", as_lines), ("text/occi+plain", as_lines), ("application/json", as_json)],
)
def test_text_is_taken_as_it_is_sent_in_every_rendering(
    alice: Caller, network_of_alice: str, content_type: str, rendered: Callable[..., bytes]
) -> None:
    notes = {**NOTES, **NAMES_IN_A_VALUE}
    wanted = {**on_network(network_of_alice), **notes}
    body = rendered(wanted, KIND)
    headers = {"Content-Type": content_type}
    answer = alice.request("POST", "/disco/", headers=headers, data=body)
    assert answer.status_code == 201, answer.text
    location = answer.headers["Location"]
    assert alice.show(location).items() >= notes.items()
    alice.request("DELETE", location)
