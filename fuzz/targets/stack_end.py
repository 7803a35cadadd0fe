"""The parameter ``disco_end`` of a stack."""

from __future__ import annotations

from disco.openstack.delete_credential import END, End
from fuzz.parts import as_text
from fuzz.target import Target


def run(data: bytes) -> str:
    """Show when a cluster ends."""
    found = End.read({END: as_text(data)})
    return "" if found is None else str(found.attributes())


TARGET = Target(run, refusals=(), dictionary=("1893456000", " - -", "-", "0"))
