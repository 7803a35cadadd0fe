"""Clouds with nodes, and a cluster that computes, for the test files that share them.

Each cloud and each node costs seconds of both cores. What files share is run by one process:
see ``TOGETHER`` in tests/conftest.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from disco.embedded.cloud import EmbeddedCloud
from disco.resources import data_dir
from tests.frameworks.site import IMAGE, STATUS, Cluster, Site, running_site
from tests.support.cloud import free_port_pair, wait_for_image
from tests.support.shell import Shell, environment

needs_nodes = [
    pytest.mark.slow,
    pytest.mark.nodes,
    pytest.mark.skipif(STATUS.mode == "none", reason=STATUS.reason or "nodes do not run here"),
]

#: what workers install is on the mirror, or is not there yet
LATE = """\
schema: 1
name: late
title: Late
description: What workers install comes late.
versions: ["1"]
requires:
  installed: [{component: shell, state: start}]
roles:
  worker: {install: install.sh.j2}
"""


@pytest.fixture(scope="session")
def nodes_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    """A cloud with nodes, and nothing on it."""
    folder = tmp_path_factory.mktemp("nodes-cloud")
    with EmbeddedCloud(folder / "state", nodes="auto", cloud_port=free_port_pair()) as cloud:
        wait_for_image(cloud, IMAGE)
        yield cloud


@pytest.fixture(scope="session")
def working_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Another one, with a service and a mirror; the framework ``late`` is known there."""
    folder = tmp_path_factory.mktemp("working")
    late = folder / "own" / "late"
    late.mkdir(parents=True)
    (late / "component.yaml").write_text(LATE)
    (late / "install.sh.j2").write_text('curl -fsS -o /opt/late "$DISCO_MIRROR/files/late"\n')
    frameworks = f"{data_dir() / 'frameworks'}:{late.parent}"
    with running_site(folder, [], framework_directory=frameworks) as found:
        yield found


@pytest.fixture(scope="session")
def working_user(working_site: Site) -> Shell:
    """A shell of somebody who has that cloud."""
    home = working_site.folder / "home"
    (home / "run").mkdir(parents=True, mode=0o700)
    names = environment(working_site.cloud.credentials, home)
    more = {"DISCO": working_site.caller.base, "XDG_RUNTIME_DIR": str(home / "run")}
    return Shell({**names, **more}, home)


@dataclass
class Working(Cluster):
    """A complete cluster that was made by the command, and what that showed on a terminal."""

    said: str = ""

    @property
    def id(self) -> str:
        """The cluster's id."""
        return self.location[-36:]


@pytest.fixture(scope="session")
def working_cluster(working_site: Site, working_user: Shell) -> Iterator[Working]:
    """Dask on two plain workers and on one in a group, the third."""
    words = ("--image", IMAGE, "--flavor", "m1.small", "--external-network", "public")
    groups = ("--workers", "2", "--groups", '{"big": {"count": 1}}')
    made = working_user.terminal("create", "dask", *words, *groups, timeout=900)
    assert made.status == 0, made.out
    found = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made.out)
    assert found
    location = f"{working_site.caller.base}/disco/{found[0]}"
    yield Working(working_site, location, working_site.caller.show(location), made.out)
    assert working_user.run("delete", found[0], timeout=300).status == 0
