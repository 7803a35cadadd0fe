"""Every link in the documentation leads to a file and a heading, and the site has every page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.shell import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
#: what GitHub shows beside the pages; CHANGELOG.md, README.md and their like
TOP = sorted(ROOT.glob("*.md"))
#: the five parts of the documentation, after the page that leads to them
PARTS = ["Home", "Tutorial", "How-to", "Reference", "Explanation", "Operator's guide"]


def without_code(text: str) -> str:
    """A page's text without blocks of code and code in lines, in which nothing is a link."""
    return re.sub(r"`[^`\n]*`", "`code`", re.sub(r"^ *```.*?^ *```$", "", text, flags=re.M | re.S))


def links(page: Path) -> list[str]:
    """The targets of a page's links that lead into this repository."""
    return re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)", without_code(page.read_text()))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and MkDocs both make them."""
    text = re.sub(r"^ *```.*?^ *```$", "", page.read_text(), flags=re.M | re.S)
    seen: Counter[str] = Counter()
    made = set()
    for heading in re.findall(r"^#+ (.*)$", text, re.M):
        slug = re.sub(r"[^\w\s-]", "", heading.lower()).strip().replace(" ", "-")
        made.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return made


def pages_of(nav: str | list[dict[str, Any]]) -> Iterator[str]:
    """Every page of a part of the site's navigation."""
    if isinstance(nav, str):
        yield nav
    else:
        yield from (page for entry in nav for part in entry.values() for page in pages_of(part))


@pytest.mark.parametrize("page", [*TOP, *PAGES], ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for target in links(page):
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(path), f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_links_only_to_what_the_site_has(page: Path) -> None:
    for target in links(page):
        path = (page.parent / target.partition("#")[0]).resolve()
        assert path.is_relative_to(DOCS), f"{page.name}: {target}: name the file in code instead"


def test_the_site_s_five_parts_have_every_page_once() -> None:
    nav = yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"]
    assert [title for part in nav for title in part] == PARTS
    named = list(pages_of(nav))
    assert Counter(named) == Counter(str(page.relative_to(DOCS)) for page in PAGES)


def test_every_picture_is_shown() -> None:
    shown = {(p.parent / t).resolve() for p in [*TOP, *PAGES] for t in links(p)}
    assert {picture for picture in (DOCS / "images").iterdir() if picture not in shown} == set()
