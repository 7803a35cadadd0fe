"""``python -m benchmarks [NAME ...]``: measure, print, and with ``--write`` renew the page."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks import clusters, commands, followers, page, profiles, rendering, service
from benchmarks.measure import Row

DOCS = Path(__file__).parents[1] / "docs"
NAMES: Mapping[str, tuple[str, Callable[[Path], Iterator[Row]]]] = {
    "rendering": ("Drafts", lambda _: rendering.measure()),
    "service": ("Requests", service.measure),
    "profiles": ("Where the CPU goes", profiles.measure),
    "followers": ("Followers", followers.measure),
    "commands": ("Commands", commands.measure),
    "many": ("Many workers", clusters.measure_many),
    "clusters": ("Create to complete", clusters.measure),
}


def main() -> int:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), help="where figures go")
    parser.add_argument("--write", action="store_true", help="renew docs/performance.md")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(NAMES):
        parser.error(f"unknown: {', '.join(sorted(unknown))} (there are {', '.join(NAMES)})")
    results: dict[str, list[Row]] = {}
    began = time.monotonic()
    for name in asked.names or NAMES:
        title, measure = NAMES[name]
        print(f"\n{title}", flush=True)
        with tempfile.TemporaryDirectory(prefix="disco-bench-") as folder:
            for row in measure(Path(folder)):
                results.setdefault(name, []).append(row)
                ratio = "" if row.ratio is None else f"{row.ratio:8.2f} x {row.against}"
                print(f"  {row.what:64} {row.value:10.2f} {row.unit:7} {ratio}", flush=True)
    page.write_json(asked.json, results, (time.monotonic() - began) / 60)
    if asked.write:
        write_page(results)
    return 0


def write_page(results: Mapping[str, list[Row]]) -> None:
    """Renew what was measured of docs/performance.md, and its pictures."""
    parts = {}
    for name, rows in results.items():
        title = NAMES[name][0]
        picture = DOCS / "images" / f"bench-{name}.svg"
        shown = f"![{title}](images/{picture.name})\n\n" if page.draw(picture, rows, title) else ""
        parts[title] = f"{shown}{page.table(rows)}"
    path, order = DOCS / "performance.md", [title for title, _ in NAMES.values()]
    path.write_text(page.put_into(path.read_text(), parts, order))


if __name__ == "__main__":
    sys.exit(main())
