"""The services' databases, made by the services' own commands."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

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
}
_ML2 = "/etc/neutron/plugins/ml2/ml2_conf.ini"


def make(box: Box) -> None:
    """Make them all; those that do not need each other side by side.

    Raises BoxError with what the command wrote if one fails; ``databases.log`` has the rest.
    """
    lines = [
        f"CREATE DATABASE {name} CHARACTER SET utf8;"
        f"GRANT ALL ON {name}.* TO '{user}'@'{host}' IDENTIFIED BY '{SECRET}';"
        for name, user in DATABASES.items()
        for host in (PRIVATE, "localhost")
    ]
    text = "\n".join(lines).replace("CREATE DATABASE", "CREATE DATABASE IF NOT EXISTS")
    box.run("mariadb", "-uroot", stdin=text)

    def manage(user: str, *words: str) -> str:
        identity = ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups")
        return box.run(*identity, "env", "HOME=/tmp", *words, log="databases")

    def keystone() -> None:
        manage("keystone", "keystone-manage", "db_sync")
        owner = ("--keystone-user", "keystone", "--keystone-group", "keystone")
        manage("keystone", "keystone-manage", "fernet_setup", *owner)
        manage("keystone", "keystone-manage", "credential_setup", *owner)
        url = f"http://{PUBLIC}:5000/v3/"
        words = ["--bootstrap-password", ADMIN_SECRET, "--bootstrap-region-id", REGION]
        for kind in ("admin", "internal", "public"):
            words += [f"--bootstrap-{kind}-url", url]
        manage("keystone", "keystone-manage", "bootstrap", *words)

    def nova() -> None:
        manage("nova", "nova-manage", "api_db", "sync")
        cell0 = f"mysql+pymysql://nova:{SECRET}@{PRIVATE}/nova_cell0?charset=utf8"
        words = ("cell_v2", "map_cell0", "--database_connection", cell0)
        manage("nova", "nova-manage", *words)
        manage("nova", "nova-manage", "db", "sync")
        manage("nova", "nova-manage", "cell_v2", "create_cell", "--name", "cell1")

    def neutron() -> None:
        files = ("--config-file", "/etc/neutron/neutron.conf", "--config-file", _ML2)
        manage("neutron", "neutron-db-manage", *files, "upgrade", "head")

    jobs = (
        keystone,
        nova,
        neutron,
        lambda: manage("glance", "glance-manage", "db_sync"),
        lambda: manage("placement", "placement-manage", "db", "sync"),
        lambda: manage("heat", "heat-manage", "db_sync"),
    )
    # two cores: more side by side only take turns
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(job) for job in jobs]:
            done.result()


def discover_hosts(box: Box) -> None:
    """Have Nova's cell know the compute host that has just reported."""
    identity = ("setpriv", "--reuid=nova", "--regid=nova", "--init-groups", "env", "HOME=/tmp")
    box.run(*identity, "nova-manage", "cell_v2", "discover_hosts", log="databases")
