"""The services' configuration, rendered from the files below ``etc/`` into the box's own /etc."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

from tests.openstack import settings
from tests.openstack.box import Box

HERE = Path(__file__).parent / "etc"
#: read by more than one account
PUBLIC_TO_READ = ("mysql", "rabbitmq", "libvirt", "haproxy")
FOLDERS = (
    ("/etc/keystone/fernet-keys", "keystone"),
    ("/etc/keystone/credential-keys", "keystone"),
    ("/mnt/run/glance", "glance"),
    ("/mnt/run/nova", "nova"),
    ("/var/lib/nova/tmp", "nova"),
    ("/var/lib/neutron/tmp", "neutron"),
    ("/run/mysqld", "mysql"),
    ("/var/log/rabbitmq", "rabbitmq"),
)

CONTEXT: dict[str, Any] = {
    "private": settings.PRIVATE,
    "public": settings.PUBLIC,
    "resolver": settings.RESOLVER,
    "tunnel": settings.TUNNEL,
    "bridges": f"{settings.EXTERNAL_NETWORK}:br-ex",
    "host": "vm",
    "my_ip": settings.PUBLIC,
    "instances": "/mnt/run/nova",
    "secret": settings.SECRET,
    "region": settings.REGION,
    "scheme": "http",
    "keystone": f"http://{settings.PUBLIC}:5000",
    "heat_port": 8004,
    "heat_database": "heat",
    "vhost": "",
    "engines": 2,
}


def render(name: str, **changes: Any) -> str:
    """Render a file of ``etc/``."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # configuration, not HTML
    )
    return environment.get_template(name).render(CONTEXT | changes)


def write(box: Box) -> None:
    """Write every file, with the owners that the packages expect."""
    files = [path for path in sorted(HERE.rglob("*")) if path.is_file() and path.suffix != ".j2"]
    for path in files:
        name = str(path.relative_to(HERE))
        install(box, f"/etc/{name}", render(name), name.partition("/")[0])
    for folder, owner in FOLDERS:
        box.run("install", "-d", "-m", "750", "-o", owner, "-g", owner, folder)
    box.run("chmod", "755", "/mnt/run/nova")


def install(box: Box, target: str, text: str, account: str) -> None:
    """Write one file for the service that ``account`` is of."""
    mode, group = ("644", "root") if account in PUBLIC_TO_READ else ("640", account)
    box.run("install", "-D", "-m", mode, "-g", group, "/dev/stdin", target, stdin=text)
