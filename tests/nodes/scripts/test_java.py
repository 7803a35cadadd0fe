"""Which Java a node gets: from the image, or from the archive of its release."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.nodes.scripts.conftest import Node

#: major versions of openjdk-N-jre-headless in the archive of each release
RELEASES = {
    "debian 12": (17,),
    "debian 13": (21, 25),
    "ubuntu 22.04": (11, 17, 18, 19, 21),
    "ubuntu 24.04": (8, 11, 17, 21),
}
#: stand-ins know nothing before the first update, as on a fresh image
APT_CACHE = """
major=${{2#openjdk-}} major=${{major%%-*}}
[[ -e {root}/updated && " {offered} " == *" $major "* ]] || exit 0
printf '%s:\\n  Installed: (none)\\n  Candidate: %s.0.15+6-1\\n' "$2" "$major"
"""
APT_GET = """
echo "$*" >>{root}/apt.log
while [[ $1 == -* ]]; do [[ $1 != -o ]] || shift; shift; done
case $1 in
update) [[ ! -e {root}/down ]] && touch {root}/updated ;;
install)
  major=${{@: -1}} major=${{major#openjdk-}} major=${{major%%-*}}
  [[ " {offered} " == *" $major "* ]] || {{ echo "E: Unable to locate package"; exit 100; }}
  home={root}/usr/lib/jvm/java-$major-openjdk-amd64
  mkdir -p "$home/bin"
  printf '#!/bin/sh\\n' >"$home/bin/java"
  chmod 0755 "$home/bin/java"
  printf 'IMPLEMENTOR="Debian"\\nJAVA_VERSION="%s.0.15"\\n' "$major" >"$home/release"
  ;;
esac
"""


def archive(node: Node, *offered: int) -> Path:
    """apt of a release that offers these; its log."""
    names = {"root": node.root, "offered": " ".join(map(str, offered))}
    node.stand_in("apt-cache", APT_CACHE.format(**names))
    node.stand_in("apt-get", APT_GET.format(**names))
    node.stand_in("dpkg-query", "exit 1")
    return node.root / "apt.log"


def installed(node: Node, name: str, version: str) -> Path:
    home = node.root / "usr/lib/jvm" / name
    (home / "bin").mkdir(parents=True)
    Node.command(home / "bin", "java", "")
    (home / "release").write_text(f'JAVA_VERSION="{version}"\n')
    return home


def need(node: Node, major: int = 17) -> tuple[int, str, str]:
    """Status, JAVA_HOME, and the version behind /opt/disco/java-MAJOR."""
    done = node.run(f'set -euo pipefail\nneed_java {major}\necho "$JAVA_HOME"')
    release = node.root / f"opt/disco/java-{major}/release"
    version = release.read_text().partition('JAVA_VERSION="')[2] if release.exists() else ""
    return done.returncode, (done.stdout.split() or [""])[-1], version.partition('"')[0]


@pytest.mark.parametrize(
    ("release", "wanted"),
    [("debian 12", 17), ("debian 13", 21), ("ubuntu 22.04", 17), ("ubuntu 24.04", 17)],
)
def test_java_17_or_what_follows_it_in_the_release(node: Node, release: str, wanted: int) -> None:
    log = archive(node, *RELEASES[release])
    code, home, version = need(node)
    assert code == 0
    assert home.endswith(f"java-{wanted}-openjdk-amd64")
    assert version == f"{wanted}.0.15"
    installs = [line for line in log.read_text().splitlines() if " install " in line]
    assert [line.split()[-1] for line in installs] == [f"openjdk-{wanted}-jre-headless"]
    log.unlink()
    assert need(node)[0] == 0
    assert not log.exists(), "the second time it is there"


def test_a_later_java_is_not_replaced_by_an_earlier(node: Node) -> None:
    archive(node, *RELEASES["debian 13"])
    assert need(node, 21)[2] == "21.0.15"
    archive(node, *RELEASES["debian 12"])
    assert need(node, 25)[0] != 0


def test_an_archive_that_has_none_is_an_error_that_says_so(node: Node) -> None:
    log = archive(node, 8, 11)
    done = node.run("need_java 17")
    assert done.returncode == 1
    assert "no Java 17 or later" in done.stderr
    assert " install " not in log.read_text()


def test_an_archive_that_cannot_be_reached_is_asked_again(node: Node) -> None:
    log = archive(node, 17)
    (node.root / "down").touch()
    assert need(node)[0] == 1
    assert log.read_text().count(" update") == 3


def test_java_of_the_image_is_found_by_its_major_version(node: Node) -> None:
    log = archive(node)
    for name, version in (("a", "11.0.2"), ("b", "21.0.1"), ("c", "17.0.15")):
        installed(node, name, version)
    code, home, version = need(node)
    assert (code, home, version) == (0, str(node.root / "usr/lib/jvm/c"), "17.0.15")
    assert not log.exists()


def test_a_later_long_term_java_of_the_image_will_do(node: Node) -> None:
    home = installed(node, "x", "21")
    assert need(node)[1] == str(home)
