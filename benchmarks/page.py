"""What ``make bench`` leaves: JSON, and the tables and pictures of docs/performance.md."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.measure import Row

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def table(rows: Sequence[Row]) -> str:
    """A table in Markdown; goals that are not met are bold."""
    lines = [
        "| | DISCO | anchor | ratio | goal | more |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        anchor = "" if row.anchor is None else f"{_figure(row.anchor)} {row.unit}: {row.against}"
        ratio = (
            ""
            if row.ratio is None
            else f"{row.ratio:.2g}"
            if row.ratio < 10
            else f"{row.ratio:.0f}"
        )
        goal = "" if row.goal is None else f"{row.goal:g}"
        own = f"{_figure(row.value)} {row.unit}"
        if row.met is False:
            goal = f"**{goal}, not met**"
        more = ", ".join(f"{name} {_figure(value)}" for name, value in (row.more or {}).items())
        lines.append(f"| {row.what} | {own} | {anchor} | {ratio} | {goal} | {more} |")
    return "\n".join(lines) + "\n"


def _figure(value: float | int | str) -> str:
    if isinstance(value, float):
        return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else value


def write_json(path: Path, results: Mapping[str, Sequence[Row]], minutes: float) -> None:
    """All figures, with what they were measured on."""
    load = os.getloadavg()
    path.write_text(
        json.dumps(
            {
                "python": platform.python_version(),
                "cores": os.cpu_count(),
                "load": {"1 min": load[0], "15 min": load[2]},
                "minutes": round(minutes, 1),
                "results": {
                    name: [{**asdict(row), "ratio": row.ratio, "met": row.met} for row in rows]
                    for name, rows in results.items()
                },
            },
            indent=1,
        )
        + "\n"
    )


def put_into(page: str, measured: Mapping[str, str], order: Sequence[str]) -> str:
    """The page with sections, by title, between its two marks; others there stay."""
    before, _, rest = page.partition(BEGIN)
    there, _, after = rest.partition(END)
    sections = {text.partition("\n")[0]: f"### {text}" for text in there.split("\n### ")[1:]}
    sections |= {title: f"### {title}\n\n{text}" for title, text in measured.items()}
    text = "\n\n".join(sections[title].strip() for title in order if title in sections)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def draw(path: Path, rows: Sequence[Row], title: str) -> bool:
    """A picture of ratios, one bar each, and the goals as marks; whether there are any."""
    from matplotlib import pyplot

    shown = [row for row in rows if row.ratio is not None]
    if not shown:
        return False
    figure, axes = pyplot.subplots(figsize=(8, 0.4 * len(shown) + 1.2))
    places = range(len(shown))
    colours = ["#c0392b" if row.met is False else "#2980b9" for row in shown]
    axes.barh(places, [row.ratio or 0 for row in shown], color=colours)
    for place, row in zip(places, shown, strict=True):
        if row.goal is not None:
            axes.plot([row.goal] * 2, [place - 0.45, place + 0.45], color="black", linewidth=2)
    axes.set_yticks(places, [row.what for row in shown])
    axes.set_xscale("log")
    axes.axvline(1, color="grey", linewidth=0.7)
    axes.set_xlabel("times the anchor (black: the goal)")
    axes.set_title(title)
    axes.invert_yaxis()
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    return True
