"""A request in the words of a cluster file, and as OCCI attributes."""

from __future__ import annotations

import json

import pytest

from disco.client import ClusterRequest, RequestError
from disco.client.request import attribute_names, did_you_mean, flatten

HEAT = "icclab.disco.components.heat"
INJECT = "icclab.disco.dependencies.inject"


def test_a_field_of_one_role_overrides_that_of_all_nodes() -> None:
    attributes = ClusterRequest(image="a", worker_image="b").to_attributes()
    assert (attributes[f"{HEAT}.masterimage"], attributes[f"{HEAT}.slaveimage"]) == ("a", "b")


def test_attributes_override_all_else_and_are_texts() -> None:
    request = ClusterRequest(
        workers=2, wait_condition=True, dns_servers=["10.0.0.2", "10.0.0.3"],
        frameworks={"dask": ""}, properties={"dask.x": 1}, attributes={f"{HEAT}.slavecount": 5},
    )  # fmt: skip
    attributes = request.to_attributes()
    assert attributes[f"{HEAT}.slavecount"] == "5"
    assert attributes[f"{HEAT}.waitcondition"] == "true"
    assert attributes[f"{HEAT}.dnsnameservers"] == "10.0.0.2,10.0.0.3"
    assert attributes["icclab.disco.components.dask.x"] == "1"
    assert json.loads(attributes[INJECT]) == {"dask": ""}


def test_an_unknown_key_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(RequestError, match=r'Unknown key "imag"\. Did you mean "image"\?'):
        ClusterRequest.from_dict({"imag": "x"})
    assert did_you_mean("zzz", ["image"]) == ""


def test_nested_properties_have_dotted_names_and_empty_ones_are_left_out() -> None:
    assert flatten({"spark": {"conf": {"a": 1}, "b": None}}) == {"spark.conf.a": 1}


def test_an_attribute_has_the_name_of_the_field_that_sets_it() -> None:
    names = attribute_names()
    assert names[f"{HEAT}.slavecount"] == "workers"
    assert names[f"{HEAT}.slaveimage"] == "worker_image"
    assert names[INJECT] == "frameworks"


def test_passwords_are_in_no_repr() -> None:
    request = ClusterRequest(properties={"jupyter.password": "s3cret"}, attributes={"a": "s3cret"})
    assert "s3cret" not in repr(request)
