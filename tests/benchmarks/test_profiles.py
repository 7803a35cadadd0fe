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
