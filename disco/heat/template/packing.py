"""Scripts that unpack themselves: for user data that has no room for them as they are.

Every image with cloud-init has Python, which reads both forms.
"""

from __future__ import annotations

import base64
import lzma
import zlib
from functools import lru_cache
from typing import Any

#: A dictionary of a mebibyte holds any script; the default one is 64 MiB to be cleared
#: each time. No position bits: text has no alignment.
_LZMA = [{"id": lzma.FILTER_LZMA1, "preset": 9, "dict_size": 1 << 20, "pb": 0, "nice_len": 273}]
_INFLATE = "zlib.decompress(base64.b64decode("
_UNLZMA = "lzma.decompress(base64.b85decode("


def packed(library: str, rest: str) -> str:
    """A piece of bash that unpacks and runs the two, which takes milliseconds to make.

    ``library`` is the same for many clusters, so what was made of it is kept.
    """
    begun, state = _deflated(library)
    packer = state.copy()
    body = begun + packer.compress(rest.encode()) + packer.flush()
    return _unpacking("zlib", _INFLATE, base64.b64encode(body).decode())


def packed_hard(body: str) -> str:
    """The same, a fifth shorter, at ten times the cost."""
    small = lzma.compress(body.encode(), lzma.FORMAT_ALONE, filters=_LZMA)
    return _unpacking("lzma", _UNLZMA, base64.b85encode(small).decode())


@lru_cache(maxsize=16)
def _deflated(library: str) -> tuple[bytes, Any]:
    """What a compressor has written of the library, and its state then."""
    packer = zlib.compressobj()
    return packer.compress(library.encode()), packer


def _unpacking(module: str, unpack: str, text: str) -> str:
    program = (
        f"import base64, sys, {module}; sys.stdout.buffer.write({unpack}sys.stdin.read().strip())))"
    )
    return (
        "disco_body=$(mktemp)\n"
        f"python3 -I -c '{program}' <<'DISCO_BODY' >\"$disco_body\"\n{text}\nDISCO_BODY\n"
        '# shellcheck disable=SC1090\n. "$disco_body"\n'
    )
