"""From nothing to an OpenStack that takes requests; what runs already is left alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.openstack import (
    catalogue,
    configuration,
    databases,
    image,
    rootfs,
    second_region,
    services,
)
from tests.openstack.box import Box
from tests.openstack.settings import ADMIN, USER, State

ALL = (*services.ALL, *second_region.ALL)


@contextmanager
def step(state: State, name: str) -> Iterator[None]:
    """Say and note how long something takes."""
    began = time.monotonic()
    yield
    seconds = time.monotonic() - began
    state.note(**{name: seconds})
    print(f"{time.strftime('%H:%M:%S')}  {name}: {seconds:.1f} s", flush=True)


def up(state: State) -> Box:
    """The running cloud; this process is in its network afterwards."""
    if box := Box.find(state):
        box.enter_network()
        started = services.start(box, *ALL)
        services.wait(box, *ALL)
        print(f"It runs already (started now: {', '.join(started) or 'nothing'}).", flush=True)
        return box
    state.logs.mkdir(parents=True, exist_ok=True)
    state.figures.unlink(missing_ok=True)
    # one waits for downloads, the other computes
    with ThreadPoolExecutor(1) as beside:
        made = beside.submit(image.make, state)
        with step(state, "packages"):
            rootfs.make(state)
        with step(state, "image, after the packages"):
            file = made.result()
    with step(state, "start"):
        return _start(state, file)


def _start(state: State, file: Path) -> Box:
    box = Box.start(state)
    try:
        box.enter_network()
        box.connect()
        configuration.write(box)
        with step(state, "start: database and messages"):
            services.start(box, *services.INFRASTRUCTURE)
            services.wait(box, *services.INFRASTRUCTURE)
        with step(state, "start: tables"):
            databases.make(box)
        with step(state, "start: APIs"):
            services.start(box, services.KEYSTONE)
            services.wait(box, services.KEYSTONE)
            cloud = catalogue.connect()
            catalogue.set_up_identity(cloud)
            services.start(box, *services.APIS)
            services.wait(box, *services.APIS)
        with step(state, "start: agents, image uploaded"):
            services.mount_instances(box)
            services.start(box, *services.AGENTS)
            cloud = catalogue.connect()
            catalogue.set_up_cloud(cloud, file)
            catalogue.wait_until_reported(cloud)
            databases.discover_hosts(box)
        with step(state, "start: second region"):
            second_region.start(box, cloud)
    except BaseException:
        box.stop()
        raise
    for who in (ADMIN, USER):
        lines = [f"export {name}='{value}'" for name, value in who.openrc().items()]
        (state.run / f"openrc.{who.name}").write_text("\n".join(lines) + "\n")
    return box
