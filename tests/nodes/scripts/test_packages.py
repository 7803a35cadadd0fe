"""What users want on nodes: libraries, variables, a script; and why something did not come."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from tests.nodes.scripts.conftest import SHELL, Answer, Node, Server, answer_with
from tests.nodes.scripts.test_fetch import DOWN, content

Serve = Callable[[Answer], Server]
JAR = b"PK\x03\x04 and the rest"


def run(node: Node, script: str, **facts: str) -> subprocess.CompletedProcess[str]:
    return node.run(
        f". {SHELL}/environment.sh\n. {SHELL}/packages.sh\nset -euo pipefail\n{script}", **facts
    )


def test_a_library_without_a_digest_comes_from_the_first_that_has_it(
    node: Node, serve: Serve
) -> None:
    gone, good = serve(answer_with(404)), serve(content(JAR))
    done = run(node, f"disco_jar a-1.jar '' {gone.url}/a-1.jar {good.url}/a-1.jar")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (node.root / "opt/disco/jars/a-1.jar").read_bytes() == JAR
    assert run(node, f"disco_jar a-1.jar '' {DOWN}/a-1.jar").returncode == 0  # is there


def test_the_mirror_comes_first(node: Node, serve: Serve) -> None:
    mirror = serve(content(JAR))
    done = run(node, f"disco_jar a-1.jar '' {DOWN}/x.jar", DISCO_MIRROR=mirror.url)
    assert done.returncode == 0, done.stderr
    assert [request.path for request in mirror.requests] == ["/files/a-1.jar"]


def test_a_page_in_the_place_of_a_library_is_none(node: Node, serve: Serve) -> None:
    page = serve(content(b"<html>log in</html>"))
    done = run(node, f"disco_jar a-1.jar '' {page.url}/a-1.jar")
    assert done.returncode == 1
    said = "cannot install a-1.jar: what comes from there is no .jar file"
    assert done.stdout.splitlines()[-1] == said
    assert not list((node.root / "opt/disco/jars").iterdir())


def test_variables_are_there_for_every_kind_of_login_and_once(node: Node) -> None:
    (node.root / "etc").mkdir(exist_ok=True)
    (node.root / "etc/environment").write_text('LANG="C.UTF-8"\n')
    for _ in range(2):
        done = run(node, "disco_environment 'MY_A=a b; c' 'MY_B=grüezi $?'")
        assert done.returncode == 0, done.stderr
    text = (node.root / "etc/environment").read_text()
    assert text == 'LANG="C.UTF-8"\n# disco\nMY_A="a b; c"\nMY_B="grüezi $?"\n# disco end\n'
    profile = node.root / "etc/profile.d/disco-environment.sh"
    shown = subprocess.run(
        ["bash", "-c", f'. {profile}; echo "$MY_A|$MY_B"'],
        capture_output=True, text=True, check=True, timeout=20,
    )  # fmt: skip
    assert shown.stdout == "a b; c|grüezi $?\n"


def test_a_script_is_run_by_what_its_first_line_says_and_knows_the_node(node: Node) -> None:
    (node.root / "etc/disco").mkdir(parents=True)
    (node.root / "etc/disco/node.env").write_text("DISCO_ROLE='worker'\n")
    script = node.root / "bootstrap"
    # root's home is nobody else's
    home = 'cd() { builtin cd "$DISCO_ROOT"; }\n'
    for first, said in (("", "/bin/bash"), ("#!/bin/sh\n", "bash|dash|sh")):
        script.write_text(f'{first}echo "$DISCO_ROLE $(readlink /proc/$$/exe)"\n')
        done = run(node, f"{home}disco_bootstrap {script}")
        assert done.returncode == 0, done.stderr
        role, _, shell = done.stdout.strip().partition(" ")
        assert role == "worker"
        assert shell.rpartition("/")[2] in said.rpartition("/")[2].split("|")


def test_a_script_that_fails_fails_the_step_with_its_last_words(node: Node) -> None:
    (node.root / "etc/disco").mkdir(parents=True)
    (node.root / "etc/disco/node.env").write_text("")
    (node.root / "bootstrap").write_text("echo no such licence >&2\nexit 7\n")
    step = 'f() { cd() { :; }; disco_bootstrap "$DISCO_ROOT/bootstrap"; }\n'
    done = run(node, f"{step}set +e\ndisco_step packages:bootstrap f")
    assert done.returncode == 1
    assert node.status()["reason"] == "exit 7: no such licence"
    assert node.status()["step"] == "packages:bootstrap"


def test_a_package_that_apt_does_not_know_is_named_and_not_asked_for_again(node: Node) -> None:
    node.stand_in("dpkg-query", "exit 1")
    calls = node.root / "calls"
    said = "E: Unable to locate package no-such-package"
    node.stand_in(
        "apt-get", f"echo x >>{calls}; [[ $* == *update* ]] || {{ echo '{said}'; exit 100; }}"
    )
    done = run(node, "set +e\nf() { apt_install no-such-package; }\ndisco_step packages:apt f")
    assert done.returncode == 1
    assert node.status()["reason"] == f"exit 1: cannot install no-such-package: {said}"
    assert len(calls.read_text().split()) == 2  # the lists, and the package


PIP = """
said='ERROR: Could not find a version that satisfies the requirement no-such'
printf '%s\\n' "$said (from versions: none)" 'ERROR: No matching distribution found for no-such'
exit 1
"""


def test_a_package_that_pip_does_not_know_is_named(node: Node) -> None:
    place = node.root / "opt/disco/dask/bin"
    place.mkdir(parents=True)
    node.command(place, "pip", PIP)
    done = run(
        node, "set +e\nf() { disco_add /opt/disco/dask no-such; }\ndisco_step packages:pip-dask f"
    )
    assert done.returncode == 1
    assert node.status()["step"] == "packages:pip-dask"
    said = "Could not find a version that satisfies the requirement no-such (from versions: none)"
    assert node.status()["reason"] == f"exit 1: pip ERROR: {said}"
    assert not (node.root / "opt/disco/dask/.added").exists()


def test_what_is_there_is_not_installed_again(node: Node) -> None:
    place = node.root / "opt/disco/dask/bin"
    place.mkdir(parents=True)
    node.command(place, "pip", f'echo "$@" >>{node.root}/calls')
    for wanted in ("dask tiny", "dask tiny", "dask tiny other"):
        assert run(node, f"disco_add /opt/disco/dask {wanted}").returncode == 0
    assert len((node.root / "calls").read_text().splitlines()) == 2
