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
_INFLATE = (
    "import base64, sys, zlib\n"
    "sys.stdout.buffer.write(zlib.decompress(base64.b64decode(sys.stdin.read().strip())))"
)
#: Nine bytes are eleven of the 94 characters that ASCII can print, which is two per cent less
#: than with base 85. What fills the last nine stands behind the end, where nobody reads.
_BYTES, _CHARACTERS, _BASE, _FIRST = 9, 11, 94, 33
_UNLZMA = (
    "import lzma,sys\n"
    't,b=sys.stdin.read().strip(),b""\n'
    f"for i in range(0,len(t),{_CHARACTERS}):\n"
    " n=0\n"
    f" for c in t[i:i+{_CHARACTERS}]:n=n*{_BASE}+ord(c)-{_FIRST}\n"
    f' b+=n.to_bytes({_BYTES},"big")\n'
    "sys.stdout.buffer.write(lzma.LZMADecompressor().decompress(b))"
)


def packed(library: str, rest: str) -> str:
    """A piece of bash that unpacks and runs the two, which takes milliseconds to make.

    ``library`` is the same for many clusters, so what was made of it is kept.
    """
    begun, state = _deflated(library)
    packer = state.copy()
    body = begun + packer.compress(rest.encode()) + packer.flush()
    return _unpacking(_INFLATE, base64.b64encode(body).decode())


def packed_hard(body: str) -> str:
    """The same, a fifth shorter, at ten times the cost."""
    return _unpacking(_UNLZMA, _base94(_small(body)))


def packed_for_heat(body: str) -> str:
    """The same as text for JSON, which the node base unpacks (``scripts.sh``)."""
    return base64.b64encode(_small(body)).decode()


def _small(body: str) -> bytes:
    return lzma.compress(body.encode(), lzma.FORMAT_ALONE, filters=_LZMA)


def _base94(data: bytes) -> str:
    words = (int.from_bytes(data[i : i + _BYTES].ljust(_BYTES, b"\0"), "big")
             for i in range(0, len(data), _BYTES))  # fmt: skip
    return "".join(_word(number) for number in words)


def _word(number: int) -> str:
    word = bytearray(_CHARACTERS)
    for place in reversed(range(_CHARACTERS)):
        number, digit = divmod(number, _BASE)
        word[place] = digit + _FIRST
    return word.decode()


@lru_cache(maxsize=16)
def _deflated(library: str) -> tuple[bytes, Any]:
    """What a compressor has written of the library, and its state then."""
    packer = zlib.compressobj()
    return packer.compress(library.encode()), packer


def _unpacking(program: str, text: str) -> str:
    return (
        "disco_body=$(mktemp)\n"
        f"python3 -I -c '{program}' <<'DISCO_BODY' >\"$disco_body\"\n{text}\nDISCO_BODY\n"
        '# shellcheck disable=SC1090\n. "$disco_body"\n'
    )
