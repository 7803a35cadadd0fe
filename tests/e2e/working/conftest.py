"""A cluster that computes, for all tests of this folder: each node costs seconds of both cores."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from disco.data_files import data_dir
from disco.embedded.control.config_files import NODE_SIDE_HOST
from tests.frameworks.site import IMAGE, Cluster, Site, running_site
from tests.support.shell import Shell, environment

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


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A cloud with nodes, a service and a mirror; the framework ``late`` is known there."""
    folder = tmp_path_factory.mktemp("working")
    late = folder / "own" / "late"
    late.mkdir(parents=True)
    (late / "component.yaml").write_text(LATE)
    (late / "install.sh.j2").write_text('curl -fsS -o /opt/late "$DISCO_MIRROR/files/late"\n')
    frameworks = f"{data_dir() / 'frameworks'}:{late.parent}"
    settings = {"framework_directory": frameworks, "node_host": NODE_SIDE_HOST}
    with running_site(folder, [], **settings) as found:
        yield found


@pytest.fixture(scope="package")
def user(site: Site) -> Shell:
    """A shell of somebody who has that cloud."""
    home = site.folder / "home"
    (home / "run").mkdir(parents=True, mode=0o700)
    names = environment(site.cloud.credentials, home)
    more = {"DISCO": site.caller.base, "XDG_RUNTIME_DIR": str(home / "run")}
    return Shell({**names, **more}, home)


@dataclass
class Working(Cluster):
    """A complete cluster that was made by the command, and what that showed on a terminal."""

    said: str = ""

    @property
    def id(self) -> str:
        """The cluster's id."""
        return self.location[-36:]


@pytest.fixture(scope="package")
def working(site: Site, user: Shell) -> Iterator[Working]:
    """Dask on two plain workers and on one in a group, the third."""
    words = ("--image", IMAGE, "--flavor", "m1.small", "--external-network", "public")
    groups = ("--workers", "2", "--groups", '{"big": {"count": 1}}')
    made = user.terminal("create", "dask", *words, *groups, timeout=900)
    assert made.status == 0, made.out
    found = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made.out)
    assert found
    location = f"{site.caller.base}/disco/{found[0]}"
    yield Working(site, location, site.caller.show(location), made.out)
    assert user.run("delete", found[0], timeout=300).status == 0
