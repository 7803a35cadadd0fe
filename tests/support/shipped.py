"""The frameworks that DISCO ships, read once for all tests of a process."""

from __future__ import annotations

from disco.components.loader import load_catalogue
from disco.data_files import data_dir

CATALOGUE = load_catalogue(data_dir() / "frameworks")
