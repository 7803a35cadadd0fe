"""What no value may contain, whatever its property: nodes could not write it to their files."""

from __future__ import annotations

import re

#: The facts of a node that a value may name as ``${DISCO_ADDRESS}``: every node has these.
NODE_FACTS = (
    "DISCO_ADDRESS",
    "DISCO_CIDR",
    "DISCO_CLUSTER",
    "DISCO_INDEX",
    "DISCO_MASTER_ADDRESS",
    "DISCO_MASTER_NAME",
    "DISCO_NAME",
    "DISCO_ROLE",
    "DISCO_WORKERS",
)
_FACT = re.compile(r"\$\{(DISCO_[A-Z_]+)\}")
# Heat puts a node's facts in the place of these, the token that it signals with among them
_PLACEHOLDER = re.compile(r"@@[A-Z_]+@@")
# XML has no way to write these, and UTF-8 none for surrogates; values.py refuses controls
_UNWRITABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")


def check_text(text: str, is_secret: bool = False) -> None:
    """Refuse a value that would stop a node, or change on the way into its files.

    A secret goes its own way, on which nothing is put into it.

    Raises:
        ValueError: with a sentence for the user. It quotes nothing of the value but the
            character or the name of a fact.
    """
    if bad := _UNWRITABLE.search(text):
        raise ValueError(f"contains U+{ord(bad[0]):04X}, which no configuration file can hold")
    if is_secret:
        return
    if _PLACEHOLDER.search(text):
        raise ValueError("contains a name between @@ and @@, which Heat would replace on nodes")
    for name in _FACT.findall(text):
        if name not in NODE_FACTS:
            known = ", ".join(NODE_FACTS)
            raise ValueError(f"refers to ${{{name}}}, which nodes do not have. They have {known}")
