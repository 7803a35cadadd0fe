"""The web interfaces of a cluster: as the service tells them, else as components declare them."""

from __future__ import annotations

from dataclasses import dataclass

from disco.client import Client, Cluster, DiscoClientError


@dataclass(frozen=True)
class Interface:
    """A page on the master.

    Attributes:
        component: whose it is, e.g. ``dask``.
        name: for people, e.g. ``Dask dashboard``.
        port: on the master.
        path: of the page.
        public: reachable from outside without a tunnel.
    """

    component: str
    name: str
    port: int
    path: str
    public: bool


def interfaces_of(client: Client, cluster: Cluster) -> tuple[list[Interface], list[str]]:
    """The interfaces, and names of frameworks of which they are not known.

    An older service does not tell them: they are those of the components that came
    with this command then; a framework of an operator's own is not among them.
    """
    try:
        told = client.interfaces(cluster.id)
    except DiscoClientError:
        return _declared(cluster)
    return [
        Interface(i["component"], i["name"], i["port"], i["path"], i["reach"] == "public")
        for i in told
        if i["node"] == cluster.master_name
    ], []


def _declared(cluster: Cluster) -> tuple[list[Interface], list[str]]:
    """As components of this installation declare them."""
    from disco.components import conditions
    from disco.components.injection import parse_injection
    from disco.components.loader import load_catalogue
    from disco.components.properties import check_properties
    from disco.components.resolver import resolve_plan
    from disco.data_files import data_dir
    from disco.errors import DiscoError

    catalogue = load_catalogue(data_dir() / "frameworks")
    unknown = [name for name in cluster.frameworks if name not in catalogue]
    injected = {n: "" for n in cluster.frameworks if n in catalogue}
    try:
        checked = check_properties(catalogue, cluster.attributes, parse_injection(str(injected)))
        names = {step.component for step in resolve_plan(catalogue, injected, checked.values).steps}
    except DiscoError:
        return [], list(cluster.frameworks)
    frameworks = sorted(n for n in names if not catalogue[n].base)
    found = []
    for name in sorted(names):
        component = catalogue[name]
        for port in conditions.select_ports(component, checked.values.get(name, {}), frameworks):
            if port.role == "master" and port.is_page:
                title, path = port.name or component.title, port.path or "/"
                found.append(Interface(name, title, port.port, path, port.expose == "public"))
    return found, unknown
