"""The attribute ``inject``: JSON or a Python literal."""

from __future__ import annotations

from disco.components.injection import parse_injection
from fuzz.parts import as_text
from fuzz.target import Target

TARGET = Target(
    lambda data: parse_injection(as_text(data)),
    dictionary=("{'dask': ''", '"spark": "running"', "jupyter", "lambda: 0", "b''", "1j", "{**{}}"),
)
