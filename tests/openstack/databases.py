"""The services' databases, made by the services' own commands."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.openstack.box import Box
from tests.openstack.settings import ADMIN_SECRET, PRIVATE, PUBLIC, REGION, SECRET

#: each with the account that owns it
DATABASES = {
    "keystone": "keystone",
    "glance": "glance",
    "placement": "placement",
    "nova": "nova",
    "nova_api": "nova",
    "nova_cell0": "nova",
    "neutron": "neutron",
    "heat": "heat",
    "heat_two": "heat",
}
_ML2 = "/etc/neutron/plugins/ml2/ml2_conf.ini"


def make(box: Box) -> None:
    """Make them all; from what the same commands made the last time, if the packages are the same.

    Raises BoxError with what the command wrote if one fails; ``databases.log`` has the rest.
    """
    for name, user in DATABASES.items():
        create(box, name, user)
    kept = box.state.folder / "tables.sql"
    packages = (box.state.folder / "root.made").read_text()
    first = f"-- {hashlib.sha256((packages + Path(__file__).read_text()).encode()).hexdigest()}\n"
    if kept.exists() and kept.open().readline() == first:
        box.run("mariadb", "-uroot", stdin=kept.read_text())
        _make_keys(box)
        return
    _migrate(box)
    dump = box.run("mariadb-dump", "-uroot", "--databases", *DATABASES)
    kept.write_text(first + dump)


def _make_keys(box: Box) -> None:
    owner = ("--keystone-user", "keystone", "--keystone-group", "keystone")
    for what in ("fernet_setup", "credential_setup"):
        manage(box, "keystone", "keystone-manage", what, *owner)


def _migrate(box: Box) -> None:
    """All tables, those that do not need each other side by side."""

    def keystone() -> None:
        manage(box, "keystone", "keystone-manage", "db_sync")
        _make_keys(box)
        url = f"http://{PUBLIC}:5000/v3/"
        words = ["--bootstrap-password", ADMIN_SECRET, "--bootstrap-region-id", REGION]
        for kind in ("admin", "internal", "public"):
            words += [f"--bootstrap-{kind}-url", url]
        manage(box, "keystone", "keystone-manage", "bootstrap", *words)

    def nova() -> None:
        manage(box, "nova", "nova-manage", "api_db", "sync")
        cell0 = f"mysql+pymysql://nova:{SECRET}@{PRIVATE}/nova_cell0?charset=utf8"
        words = ("cell_v2", "map_cell0", "--database_connection", cell0)
        manage(box, "nova", "nova-manage", *words)
        manage(box, "nova", "nova-manage", "db", "sync")
        manage(box, "nova", "nova-manage", "cell_v2", "create_cell", "--name", "cell1")

    def neutron() -> None:
        files = ("--config-file", "/etc/neutron/neutron.conf", "--config-file", _ML2)
        manage(box, "neutron", "neutron-db-manage", *files, "upgrade", "head")

    def heat() -> None:
        manage(box, "heat", "heat-manage", "db_sync")
        # the second region's has the same tables
        dump = box.run("mariadb-dump", "-uroot", "heat")
        box.run("mariadb", "-uroot", "heat_two", stdin=dump)

    jobs = (
        keystone,
        nova,
        neutron,
        heat,
        lambda: manage(box, "glance", "glance-manage", "db_sync"),
        lambda: manage(box, "placement", "placement-manage", "db", "sync"),
    )
    # two cores: more side by side only take turns
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(job) for job in jobs]:
            done.result()


def create(box: Box, name: str, user: str) -> None:
    """Create an empty database that the account ``user`` may use."""
    lines = [f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8;"]
    for host in (PRIVATE, "localhost"):
        lines.append(f"GRANT ALL ON {name}.* TO '{user}'@'{host}' IDENTIFIED BY '{SECRET}';")
    box.run("mariadb", "-uroot", stdin="\n".join(lines))


def manage(box: Box, user: str, *words: str) -> None:
    """Run a service's own command as its account."""
    identity = ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups")
    box.run(*identity, "env", "HOME=/tmp", *words, log="databases")


def discover_hosts(box: Box) -> None:
    """Have Nova's cell know the compute hosts that have just reported."""
    manage(box, "nova", "nova-manage", "cell_v2", "discover_hosts")
