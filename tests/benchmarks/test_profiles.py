"""A profile's time is told by whose code it was spent in."""

from __future__ import annotations

import cProfile
import json

from benchmarks import profiles
from disco.occi.text import wire_value


def test_shares_name_whose_code_the_time_was_spent_in() -> None:
    profile = cProfile.Profile(builtins=False)
    profile.enable()
    for _ in range(200):
        json.loads(json.dumps([{"a": number} for number in range(50)]))
        wire_value("a\nb")
    profile.disable()
    told = profiles.shares(profile)
    assert next(iter(told)) in ("JSON", "the rest")
    assert {"JSON", "OCCI"} <= set(told)
    assert all(0 <= int(share.rstrip("%")) <= 100 for share in told.values())


def test_the_time_of_a_library_is_its_callers_as_much_as_each_has() -> None:
    one, two = ("a.py", 1, "f"), ("b.py", 2, "g")
    callers = {one: (1, 1, 3.0, 9.0), two: (5, 5, 1.0, 1.0)}
    owned = {one: {"JSON": 1.0}, two: {"OCCI": 0.5, "": 0.5}}
    found = profiles._of_callers(callers, owned)
    assert found == {"JSON": 0.75, "OCCI": 0.125, "": 0.125}
    assert profiles._of_callers({}, owned) == {"": 1.0}
