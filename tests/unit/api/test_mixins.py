"""Components at the query interface, and what clients learn from them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from disco.api.kind import PREVIEW, load_manifest
from disco.api.mixins import FRAMEWORK_SCHEME, component_mixins, with_mixins
from disco.cli.commands.frameworks import _described, built_in
from disco.cli.jobs.kinds import _read_kinds, built_in_kinds
from disco.client.offered_kind import read_kind
from disco.components.injection import parse_injection
from disco.data_files import data_dir
from disco.occi import LINK_KIND, CategoryRef, Message, render_categories
from disco.occi.text import plain_title
from tests.support import occi_abnf
from tests.support.shipped import CATALOGUE

KIND = load_manifest(data_dir() / "service_manifest.json").kind
MIXINS = component_mixins(CATALOGUE, KIND.type_id)
BASE = "http://127.0.0.1:8888"
BEFORE = (LINK_KIND, KIND, *KIND.actions)
OCCI_12 = "application/occi+json; version=1.2"


def query(media_type: str, mixins: bool = True) -> Any:
    return render_categories([*BEFORE, *(MIXINS if mixins else ())], media_type, BASE)


@pytest.mark.parametrize("media_type", ["text/plain", "text/occi"])
def test_what_was_listed_before_stands_first_and_unchanged(media_type: str) -> None:
    old, new = query(media_type, mixins=False), query(media_type)
    assert new.body.startswith(old.body)
    assert new.headers.get("Category", "").startswith(old.headers.get("Category", ""))


def test_text_has_nothing_that_some_clients_cannot_read_even_without_a_version() -> None:
    told = (*BEFORE, PREVIEW, *MIXINS)
    assert [c.title for c in told if plain_title(c.title) != c.title] == []
    for line in query("text/plain").body.removeprefix("\n").split("\n"):
        assert re.fullmatch(occi_abnf.OCCI_12.line("Category"), line), line
    assert occi_abnf.OCCI_12.header("Category").fullmatch(query("text/occi").headers["Category"])


def test_the_old_json_keeps_its_entries_and_has_the_kind_last() -> None:
    old = json.loads(query("application/occi+json", mixins=False).body)
    new = json.loads(query("application/occi+json").body)
    assert [entry for entry in new if entry in old] == old
    assert [entry["term"] for entry in new if "related" in entry][-1] == KIND.term
    assert new[-1] == old[-1]


def test_headers_stay_below_what_clients_and_proxies_read() -> None:
    # node.js reads 16 KiB of headers in all
    assert len(query("text/occi").headers["Category"]) < 14 * 1024


def test_a_framework_tells_what_it_is_and_what_it_brings() -> None:
    found = {m["term"]: m for m in json.loads(query(OCCI_12).body)["mixins"]}
    hbase = found["hbase"]
    assert hbase["applies"] == [KIND.type_id]
    assert set(hbase["depends"]) == {f"{FRAMEWORK_SCHEME}{n}" for n in ("hadoop", "zookeeper")}
    assert hbase["disco"]["brings"] == ["hadoop", "zookeeper"]
    assert hbase["disco"]["versions"] == list(CATALOGUE["hbase"].versions)
    pages = [p for p in hbase["disco"]["ports"] if p["web"]]
    assert {p["port"] for p in pages} == {16010, 16030}
    count = found["heat"]["attributes"]["icclab.disco.components.heat.slavecount"]
    assert (count["type"], count["required"]) == ("number", True)
    secret = found["jupyter"]["attributes"]["icclab.disco.components.jupyter.password"]
    assert "default" not in secret


def test_every_property_of_every_component_is_discoverable() -> None:
    found = json.loads(query(OCCI_12).body)["mixins"]
    listed = {name for mixin in found for name in mixin["attributes"]}
    assert listed == {n for n, p in CATALOGUE.properties().items() if p.advertised}


def test_the_client_reads_the_frameworks() -> None:
    kind = read_kind(json.loads(query(OCCI_12).body), KIND.type_id)
    assert set(kind.frameworks) == set(CATALOGUE.frameworks)
    told = {m.name: m.details for m in kind.mixins}
    assert told["dask"]["versions"] == list(CATALOGUE["dask"].versions)


def test_the_command_line_shows_what_the_service_tells_as_what_came_with_it() -> None:
    kind = read_kind(json.loads(query(OCCI_12).body), KIND.type_id)
    told = [_described(m) for m in kind.mixins if not m.details["base"]]
    for shown, own in zip(told, built_in(), strict=True):
        assert shown | {"description": ""} == own | {"description": ""}
        assert shown["description"] == " ".join(own["description"].split())


def test_the_client_runs_jobs_as_the_service_tells_as_it_does_by_itself() -> None:
    kind = read_kind(json.loads(query(OCCI_12).body), KIND.type_id)
    told = [job for mixin in kind.mixins for job in _read_kinds(mixin)]
    assert {(k.component, k.name) for k in told} >= {("spark", "spark"), ("shell", "python")}
    by_itself = sorted(built_in_kinds(), key=lambda k: (k.base, k.component))
    assert told == by_itself


def test_a_mixin_in_a_create_stands_for_the_framework() -> None:
    message = Message(
        (CategoryRef("disco", "k#"), CategoryRef("dask", FRAMEWORK_SCHEME, "mixin")),
        {"icclab.disco.dependencies.inject": "{'jupyter': '', 'dask': '2026.8.0'}"},
    )
    found = with_mixins(message)
    assert [c.term for c in found.categories] == ["disco"]
    injected = parse_injection(found.attributes["icclab.disco.dependencies.inject"])
    assert injected == {"dask": "2026.8.0", "jupyter": ""}


def test_a_create_without_mixins_is_left_as_it_is() -> None:
    inject = {"icclab.disco.dependencies.inject": "{'jupyter': ''}"}
    message = Message((CategoryRef("disco", "k#"),), inject)
    assert with_mixins(message) == message
