"""Ray is on PyPI: nothing is laid out; four nodes need not fetch it four times."""

from __future__ import annotations

from tests.frameworks import lab


def wheels(*more: str) -> None:
    """Put into the mirror what the nodes' ``pip_venv`` will ask for.

    Args:
        more: what users want of Ray's environment besides.
    """
    lab.wheels(["ray[default]==2.60.0", "numpy", "ipykernel"])
    if more:
        lab.wheels(["ray==2.60.0", *more])
