"""Ray is on PyPI: nothing is laid out; four nodes need not fetch it four times."""

from __future__ import annotations

from tests.frameworks import lab


def wheels() -> None:
    """Put into the mirror what the nodes' ``pip_venv`` will ask for."""
    lab.wheels(["ray[default]==2.60.0", "numpy", "ipykernel"])
