"""The tag by which a stack tells when its cluster ends, so that a list can show it.

The stack's parameter ``disco_end`` decides; Heat tells parameters of one stack at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from disco.openstack.delete_credential import NONE, End
from disco.untrusted import Malformed, read_epoch

_PREFIX = "disco-ends="
_TAG = re.compile(rf"{_PREFIX}(?P<at>[0-9]{{1,12}})/(?P<how>delete|poweroff)")


def with_end_tag(tags: Iterable[str], end: End) -> tuple[str, ...]:
    """The tags of a stack whose cluster ends then, whatever they said of its end before."""
    how = "delete" if end.credential else "poweroff"
    return (*(t for t in tags if not t.startswith(_PREFIX)), f"{_PREFIX}{end.at}/{how}")


def tagged_end(tags: Iterable[str]) -> End | None:
    """The end that a stack's tags tell, without its credential; None where they tell none."""
    for tag in tags:
        match = tag.startswith(_PREFIX) and _TAG.fullmatch(tag)
        if not match:
            continue
        try:
            seconds = int(read_epoch(match["at"]).timestamp())
        except Malformed:
            continue  # users write tags, too
        return End(seconds, "kept" if match["how"] == "delete" else None, NONE)
    return None
