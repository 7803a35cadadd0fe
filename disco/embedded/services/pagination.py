"""Filters and pages of a list, as query parameters ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import falcon

_CONTROL = {
    "limit", "marker", "sort_key", "sort_dir", "sort", "page_reverse", "fields",
    "is_public", "all_tenants", "deleted", "minDisk", "minRam", "member_status",
}  # fmt: skip


def _same(value: object, wanted: str) -> bool:
    if isinstance(value, bool):
        return str(value).lower() == wanted.lower()
    return str(value) == wanted


def select(
    records: list[dict[str, Any]], request: falcon.Request, renamed: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """The records that match the query's filters, of the page that it asks for."""
    for name, given in request.params.items():
        name = (renamed or {}).get(name, name)
        if name in _CONTROL:
            continue
        values = given if isinstance(given, list) else [given]
        wanted = [item for value in values for item in value.removeprefix("in:").split(",")]
        records = [
            record
            for record in records
            if name not in record or any(_same(record[name], item) for item in wanted)
        ]
    marker = request.get_param("marker")
    if marker:
        places = [place for place, record in enumerate(records) if record["id"] == marker]
        records = records[places[0] + 1 :] if places else []
    limit = request.get_param_as_int("limit", min_value=0)
    return records[:limit] if limit else records
