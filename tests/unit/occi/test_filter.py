"""Filters of a collection."""

from __future__ import annotations

import pytest

from disco.occi import CORE, CategoryRef, Message, matches
from tests.support.occi_samples import COMPLETE, HEAT, ID, MIXIN, SCHEME, resource

CLUSTER = resource(COMPLETE, mixins=(MIXIN,))
KIND = CategoryRef("disco", SCHEME)
USERS = CategoryRef("my_mixin", "http://example.com/occi#")


@pytest.mark.parametrize(
    ("categories", "attributes", "expected"),
    [
        ((), {}, True),
        ((KIND,), {}, True),
        ((USERS,), {}, True),
        ((KIND, USERS), {}, True),
        ((CategoryRef("resource", CORE),), {}, True),
        ((CategoryRef("link", CORE),), {}, False),
        ((KIND, CategoryRef("other", SCHEME)), {}, False),
        ((), {f"{HEAT}.slavecount": "2"}, True),
        ((), {f"{HEAT}.slavecount": "3"}, False),
        ((), {"nope": ""}, False),
        ((), {f"{HEAT}.slavecount": "2", "external_ip": "10.20.30.40"}, True),
        ((), {f"{HEAT}.slavecount": "2", "external_ip": "10.20.30.41"}, False),
        ((KIND,), {f"{HEAT}.slavecount": "2"}, True),
        ((CategoryRef("link", CORE),), {f"{HEAT}.slavecount": "2"}, False),
        ((), {"occi.core.id": f"/disco/{ID}"}, True),
        ((), {"ssh_private_key": COMPLETE["ssh_private_key"].replace("\n", "\\n")}, True),
    ],
)
def test_matches(
    categories: tuple[CategoryRef, ...], attributes: dict[str, str], expected: bool
) -> None:
    assert matches(CLUSTER, Message(categories, attributes)) is expected
