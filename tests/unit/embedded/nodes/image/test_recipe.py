"""What the base image is made of."""

from __future__ import annotations

from disco.embedded.nodes.image import recipe


def test_debian_host_lends_its_mirror() -> None:
    sources = recipe.debian_sources(
        "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\n\n"
        "# deb http://old.example/debian bookworm main\n"
        "deb [signed-by=/k.gpg] http://sec.example/debian-security bookworm-security main\n"
    )
    assert recipe.apt_lines("debian", sources) == [
        "deb http://mirror.example/debian bookworm main",
        "deb http://mirror.example/debian bookworm-updates main",
        "deb http://sec.example/debian-security bookworm-security main",
    ]


def test_other_hosts_use_debians_default_mirror() -> None:
    lines = recipe.apt_lines("ubuntu", ["http://archive.ubuntu.com/ubuntu"])
    assert lines[0] == "deb http://deb.debian.org/debian bookworm main"
