"""``python -m benchmarks [NAME ...]``: measure, print, and with ``--write`` renew the page."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks import clusters, commands, followers, lists, page, profiles, rendering, service
from benchmarks.measure import Row

DOCS = Path(__file__).parents[1] / "docs"
NAMES: Mapping[str, tuple[str, Callable[[Path], Iterator[Row]]]] = {
    "rendering": ("Drafts", lambda _: rendering.measure()),
    "service": ("Requests", service.measure),
    "lists": ("Lists", lists.measure),
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
    failed = []
    began = time.monotonic()
    for name in asked.names or NAMES:
        try:
            for row in _rows(name):
                results.setdefault(name, []).append(row)
        except Exception:
            # the others are measured all the same, and what was measured before it
            traceback.print_exc()
            failed.append(name)
        page.write_json(asked.json, results, (time.monotonic() - began) / 60)
        if asked.write:
            write_page(results)
    if failed:
        print(f"\nnot measured, or not all of it: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


def _rows(name: str) -> Iterator[Row]:
    title, measure = NAMES[name]
    print(f"\n{title}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="disco-bench-") as folder:
        for row in measure(Path(folder)):
            ratio = "" if row.ratio is None else f"{row.ratio:8.2f} x {row.against}"
            print(f"  {row.what:64} {row.value:10.2f} {row.unit:7} {ratio}", flush=True)
            yield row
    print(f"  in {(time.monotonic() - began) / 60:.1f} minutes", flush=True)


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
