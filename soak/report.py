"""What a run found, as a table for people and as JSON for programs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """One finding.

    Attributes:
        name: what was looked at.
        value: what was seen, with its unit.
        wanted: what is right; empty for what is told only.
        holds: whether it was right; None for what is told only, or was skipped.
    """

    name: str
    value: str
    wanted: str = ""
    holds: bool | None = None

    @property
    def verdict(self) -> str:
        """A word for the table."""
        return {True: "ok", False: "FAILED", None: ""}[self.holds]


@dataclass
class Report:
    """All findings of a run, and the figures behind them."""

    title: str
    rows: list[Row] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether everything is as it must be."""
        return all(row.holds is not False for row in self.rows)

    def as_table(self) -> str:
        """Columns, as wide as needed."""
        lines = [("", "seen", "wanted", "")]
        lines += [(row.name, row.value, row.wanted, row.verdict) for row in self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(4)]
        table = [
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        ]
        return "\n".join([self.title, *table])

    def as_json(self) -> str:
        """The same with the figures, as one object."""
        rows = [
            {"name": r.name, "value": r.value, "wanted": r.wanted, "holds": r.holds}
            for r in self.rows
        ]
        told = {"title": self.title, "holds": self.holds, "rows": rows, "figures": self.figures}
        return json.dumps(told, indent=2)
