"""The framework of ``docs/adding-a-framework.md`` loads, is small, and makes a template."""

from __future__ import annotations

from pathlib import Path

from disco.components.loader import load_catalogue
from disco.data_files import data_dir
from tests.frameworks.example import blocks, write_example


def test_the_example_is_short_and_loads(tmp_path: Path) -> None:
    files = blocks()
    assert len(files) == 4
    assert sum(len(text.splitlines()) for text in files.values()) < 60
    catalogue = load_catalogue([data_dir() / "frameworks", write_example(tmp_path)])
    assert catalogue["celery"].properties["concurrency"].description
