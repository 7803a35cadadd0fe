"""Packed scripts do what plain ones do, in the bash and the Python that nodes have."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from disco.heat.template.packing import packed, packed_hard
from disco.heat.template.user_data import NOVA_LIMIT
from tests.support.specs import HUGE, SHIPPED, rendered, unpacked

LIBRARY = "say() { echo \"$1 ü 🚀 \\$x\"; }\nvalue='a\nb'\n"
REST = "\nsay one\nsay \"$value\"\ncat <<'END'\n  $kept\nEND\n"


def both(library: str, rest: str) -> str:
    return packed_hard(library + rest)


def output(script: str) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail"], input=script, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("pack", [packed, both])
def test_a_packed_script_does_the_same(pack: Callable[[str, str], str]) -> None:
    assert output(pack(LIBRARY, REST)) == output(LIBRARY + REST) != ""
    assert unpacked(pack(LIBRARY, REST)) == LIBRARY + REST


@pytest.mark.parametrize("length", range(12))
def test_a_script_of_any_length_is_packed(length: int) -> None:
    text = f"printf '%s' '{'x' * length}'"
    assert output(packed_hard(text)) == "x" * length
    assert packed_hard(text).isascii()


def test_scripts_with_the_same_library_do_not_mix() -> None:
    texts = [packed(LIBRARY, f"\nsay {word}\n") for word in ("one", "two", "one")]
    assert [unpacked(text) for text in texts] == [
        f"{LIBRARY}\nsay {word}\n" for word in ("one", "two", "one")
    ]
    assert texts[0] == texts[2]


def test_what_nova_has_no_room_for_is_packed_harder() -> None:
    few = rendered({"hadoop": "", "spark": ""}, flavor=HUGE).user_data["master"]
    most = dict.fromkeys(sorted(set(SHIPPED.frameworks) - {"hbase", "storm"}), "")
    many = rendered(most, flavor=HUGE).user_data["master"]
    assert "zlib.decompress" in few
    assert "import lzma" in many
    assert all(4 * len(text.encode()) // 3 < NOVA_LIMIT for text in (few, many))
