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


def test_java_takes_the_proxy_but_for_what_is_inside(node: Node) -> None:
    """Java reads no environment; its file, often a link to /etc, is written as often as need be."""
    home = installed(node, "java-17-openjdk-amd64", "17.0.15")
    (home / "conf").mkdir()
    real = node.root / "net.properties"
    real.write_text("http.nonProxyHosts=localhost\nhttps.proxyPort=443\n")
    (home / "conf/net.properties").symlink_to(real)
    node.facts |= {
        "DISCO_HTTP_PROXY": "http://me:geheim@proxy.corp:3128",
        "DISCO_HTTPS_PROXY": "http://me:geheim@10.0.0.9:3129/",
        "DISCO_NO_PROXY": "*.example.org, .corp,10.1.0.0/16",
        "DISCO_CIDR": "192.168.16.0/23",
        "DISCO_WORKER_GROUPS": "gpu:1:3",
    }
    for _ in range(2):
        assert node.run("need_java 17").returncode == 0
    lines = real.read_text().splitlines()
    assert lines.count("# disco") == 1
    written = dict(line.split("=", 1) for line in lines if "=" in line)
    assert written["http.proxyHost"] == "proxy.corp"
    assert written["http.proxyPort"] == "3128"
    assert written["https.proxyHost"] == "10.0.0.9"
    assert written["https.proxyPort"] == "3129"
    direct = set(written["http.nonProxyHosts"].split("|"))
    assert direct >= {"localhost", "127.*", "169.254.169.254", "c1-master", "c1-worker-*", "gpu-*"}
    assert direct >= {"192.168.16.*", "192.168.17.*", "*.example.org", "*.corp", "10.1.*"}
    assert "192.168.18.*" not in direct
    assert "geheim" not in real.read_text()


@pytest.mark.parametrize(
    ("cidr", "patterns"),
    [
        ("10.0.0.0/8", "10.*"),
        ("172.16.0.0/15", "172.16.*|172.17.*"),
        ("192.168.16.0/24", "192.168.16.*"),
        ("192.168.16.4/30", "192.168.16.4|192.168.16.5|192.168.16.6|192.168.16.7"),
    ],
)
def test_a_network_is_written_in_java_s_patterns(node: Node, cidr: str, patterns: str) -> None:
    done = node.run(f'disco_java_patterns {cidr}; echo "$REPLY"')
    assert done.stdout.strip() == patterns


def test_java_with_its_own_certificates_gets_those_of_the_cloud(node: Node) -> None:
    home = installed(node, "temurin-17", "17.0.15")
    (home / "lib/security").mkdir(parents=True)
    (home / "lib/security/cacerts").write_text("")
    Node.command(
        home / "bin", "keytool", f'[[ $1 != -list ]] || exit 1; echo "$@" >>{node.root}/keytool.log'
    )
    folder = node.root / "usr/local/share/ca-certificates"
    folder.mkdir(parents=True)
    (folder / "disco-1.crt").write_text("x")
    assert node.run("disco_ca() { :; }\nneed_java 17").returncode == 0
    said = (node.root / "keytool.log").read_text()
    assert "-importcert" in said
    assert f"-alias disco-1 -file {folder}/disco-1.crt" in said
