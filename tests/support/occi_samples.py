"""The kind and the cluster of the recorded transcripts."""

from __future__ import annotations

from disco.occi import CORE, Action, Attribute, Kind, Mixin, Resource

BASE = "http://127.0.0.1:8888"
SCHEME = "http://schemas.cloudcomplab.ch/occi/sm#"
ID = "70ef7ab9-ea99-47b9-bed1-d6cbc896b2d7"
HEAT = "icclab.disco.components.heat"

NAMES = (
    "icclab.disco.dependencies.inject icclab.disco.components.heat.masterflavor"
    " icclab.disco.components.heat.slavecount icclab.disco.components.heat.externalnetworkname"
    " icclab.disco.components.heat.networkname icclab.disco.hurtle.password"
    " icclab.disco.components.heat.slaveflavor icclab.disco.hurtle.username"
    " icclab.disco.components.heat.slaveimage icclab.disco.hurtle.region"
    " icclab.disco.components.heat.masterimage"
)
KIND = Kind(
    term="disco",
    scheme=SCHEME,
    title="DISCO: Hadoop as a service",
    parent=f"{CORE}resource",
    location="/disco/",
    attributes=tuple(Attribute(name) for name in NAMES.split()),
)
SUSPEND = Action("suspend", "http://schemas.cloudcomplab.ch/occi/sm/action#", "Suspend it")
RESUME = Action("resume", "http://schemas.cloudcomplab.ch/occi/sm/action#", "Resume it")
ACTIVE_KIND = Kind(
    term="disco",
    scheme=SCHEME,
    title="Clusters",
    parent=f"{CORE}resource",
    location="/disco/",
    attributes=(
        Attribute("a.name", required=True, description="A name"),
        Attribute("a.state", mutable=False, default="new", pattern="[a-z]+"),
        Attribute("a.both", "number", required=True, mutable=False),
    ),
    actions=(SUSPEND, RESUME),
)
MIXIN = Mixin("my_mixin", "http://example.com/occi#", location="/my_mixin/")

LINK_LINE = (
    'link; scheme="http://schemas.ogf.org/occi/core#"; class="kind";'
    ' location="http://127.0.0.1:8888/link/"'
)
KIND_LINE = (
    'disco; scheme="http://schemas.cloudcomplab.ch/occi/sm#"; class="kind";'
    ' title="DISCO: Hadoop as a service"; rel="http://schemas.ogf.org/occi/core#resource";'
    f' location="http://127.0.0.1:8888/disco/"; attributes="{NAMES}"'
)

#: as the cluster's stack has them, the key with real newlines
COMPLETE = {
    "stackid": "b94a3c02-3db6-4e2f-a0c7-fe4ba85e3723",
    "icclab.disco.dependencies.inject": "{'hadoop': '', 'spark': ''}",
    f"{HEAT}.slavecount": "2",
    "mcn.service.state": "retrieve",
    "ssh_public_key": "ssh-rsa AAAAB3Nfake Generated-by-Nova",
    "external_ip": "10.20.30.40",
    "ssh_key_name": "disco_sshkey",
    "ssh_private_key": (
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEfake+line1\nline2=\n-----END RSA PRIVATE KEY-----\n"
    ),
    "stack_status": "CREATE_COMPLETE",
}
KEY_IN_TEXT = (
    r'ssh_private_key="-----BEGIN RSA PRIVATE KEY-----\nMIIEfake+line1\nline2='
    r'\n-----END RSA PRIVATE KEY-----\n"'
)


def resource(attributes: dict[str, str], **more: object) -> Resource:
    """A cluster of the transcripts' kind."""
    return Resource(kind=KIND, id=ID, attributes=attributes, **more)  # type: ignore[arg-type]
