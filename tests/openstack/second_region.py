"""A second region: its own Heat, behind TLS; Nova, Neutron and the rest are those of the first.

Its public endpoints are https with a certificate that only the private authority's own file
makes good, in ``run/ca.pem``.
"""

from __future__ import annotations

from typing import Any

from tests.openstack import authority, configuration, services
from tests.openstack.box import Box
from tests.openstack.catalogue import SERVICES
from tests.openstack.settings import PUBLIC, SECOND_REGION, TLS_OFFSET

HEAT_PORT = 8104
VHOST = "two"
KEYSTONE = f"https://{PUBLIC}:{5000 + TLS_OFFSET}"
_HAPROXY = ("/usr/sbin/haproxy", "-W", "-db", "-f", "/etc/haproxy/tls.cfg")
_CONF, _CA = "/etc/heat/heat-two.conf", "/etc/heat/ca.pem"
PROXY = services.Service("haproxy", "root", _HAPROXY, 5000 + TLS_OFFSET)
HEAT = (
    services.Service("heat-engine-two", "heat", ("/usr/bin/heat-engine", "--config-file", _CONF)),
    services.Service(
        "heat-api-two", "heat", ("/usr/bin/heat-api", "--config-file", _CONF), HEAT_PORT
    ),
)
ALL = (PROXY, *HEAT)


def ports() -> dict[str, int]:
    """Where the services listen without TLS, by their names in the catalogue."""
    return {name: port for name, (_, port, _) in SERVICES.items()} | {"heat": HEAT_PORT}


def start(box: Box, cloud: Any) -> None:
    """Set it up and start it; ``cloud`` is the operator's client.

    Raises BoxError if a service does not come up.
    """
    certificate, server = authority.make(PUBLIC)
    box.state.authority.write_text(certificate)
    behind = (5000, *ports().values())
    proxy = configuration.render("haproxy.j2", ports=behind, offset=TLS_OFFSET)
    configuration.install(box, "/etc/haproxy/tls.cfg", proxy, "haproxy")
    configuration.install(box, "/etc/haproxy/cloud.pem", server, "haproxy")
    configuration.install(box, _CA, certificate, "heat")
    heat = configuration.render(
        "heat/heat.conf",
        region=SECOND_REGION,
        scheme="https",
        keystone=KEYSTONE,
        heat_port=HEAT_PORT,
        heat_database="heat_two",
        vhost=VHOST,
        engines=1,
        ca_file=_CA,
    )
    configuration.install(box, _CONF, heat, "heat")
    rabbit = ("env", "HOME=/var/lib/rabbitmq", "rabbitmqctl")
    box.run(*rabbit, "add_vhost", VHOST, log="second-region")
    box.run(*rabbit, "set_permissions", "-p", VHOST, "guest", ".*", ".*", ".*", log="second-region")
    _add_endpoints(cloud)
    services.start(box, *ALL)
    services.wait(box, *ALL)


def _add_endpoints(cloud: Any) -> None:
    keystone = cloud.identity
    keystone.create_region(id=SECOND_REGION)
    made = {service.name: service for service in keystone.services()}
    paths = {name: path for name, (_, _, path) in SERVICES.items()}
    for name, port in (ports() | {"keystone": 5000}).items():
        path = paths.get(name, "/v3/")
        for interface in ("public", "internal", "admin"):
            tls = interface == "public"
            address = f"https://{PUBLIC}:{port + TLS_OFFSET}" if tls else f"http://{PUBLIC}:{port}"
            keystone.create_endpoint(
                service_id=made[name].id,
                interface=interface,
                url=f"{address}{path}",
                region_id=SECOND_REGION,
            )
