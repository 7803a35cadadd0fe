"""The kind, actions and frameworks of the query interface."""

from __future__ import annotations

import pytest

from disco.client.offered_kind import read_kind
from disco.client.transport import SERVICE_TYPE
from tests.support.wire import query_interface


def test_the_kind_has_its_attributes_and_actions() -> None:
    kind = read_kind(query_interface("scale", "suspend"), SERVICE_TYPE)
    assert kind.title == "DISCO"
    assert kind.attributes["icclab.disco.components.heat.slavecount"] == "workers"
    assert set(kind.actions) == {"scale", "suspend"}
    assert kind.actions["scale"].endswith("/action#scale")


def test_a_framework_has_the_details_that_the_service_gives() -> None:
    data = query_interface()
    scheme = "http://schemas.cloudcomplab.ch/occi/sm/framework#"
    data["mixins"] = [
        {"scheme": scheme, "term": "dask", "title": "Dask", "disco": {"versions": ["1"]}},
        {"scheme": "http://example.com#", "term": "mine"},
    ]
    kind = read_kind(data, SERVICE_TYPE)
    assert kind.frameworks == ("dask",)
    assert kind.mixins[0].details == {"versions": ["1"]}
    assert kind.mixins[1].details == {}


def test_another_service_has_no_such_kind() -> None:
    with pytest.raises(ValueError, match="no kind"):
        read_kind({"kinds": []}, SERVICE_TYPE)


def test_names_that_a_shell_would_run_are_left_out() -> None:
    data = query_interface("scale", "$(touch X)")
    scheme = "http://x/framework#"
    data["mixins"] = [{"term": term, "scheme": scheme} for term in ("dask", "$(touch X)", "-x", 5)]
    data["kinds"][0]["attributes"]["icclab.disco.components.`touch X`.version"] = {}
    kind = read_kind(data, SERVICE_TYPE)
    assert [offer.name for offer in kind.mixins] == ["dask"]
    assert kind.frameworks == ("dask",)
    assert list(kind.actions) == ["scale"]
