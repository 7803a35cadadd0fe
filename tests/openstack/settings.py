"""Names, addresses and folders of the OpenStack that this package starts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

#: where database and messages are; nobody outside the box reaches it
PRIVATE = "127.0.0.1"
#: where the APIs are, for clients in the box and for instances behind routers
PUBLIC = "172.24.4.1"
EXTERNAL_CIDR = "172.24.4.0/24"
EXTERNAL_POOL = ("172.24.4.10", "172.24.4.250")
#: where networks of projects go from one compute host to the other
TUNNEL, SECOND_TUNNEL = "192.0.2.1", "192.0.2.2"
#: name server that slirp4netns offers
RESOLVER = "10.0.2.3"
#: of every service's account; the network namespace is the wall around it
SECRET = "openstack-of-tests"
ADMIN_SECRET = "admin-of-tests"
REGION, SECOND_REGION = "RegionOne", "RegionTwo"
IMAGE = "debian-12-disco"
EXTERNAL_NETWORK = "public"
#: what listens for TLS is this much higher than what it is passed on to
TLS_OFFSET = 10000


@dataclass(frozen=True)
class Account:
    """A user of the cloud, in a project of the same name."""

    name: str
    password: str
    project: str

    def openrc(self, region: str = REGION) -> dict[str, str]:
        """What a file ``openrc`` sets, for this user."""
        tls = region == SECOND_REGION
        address = f"https://{PUBLIC}:{5000 + TLS_OFFSET}" if tls else f"http://{PUBLIC}:5000"
        return {
            "OS_AUTH_URL": f"{address}/v3",
            "OS_IDENTITY_API_VERSION": "3",
            "OS_REGION_NAME": region,
            "OS_USERNAME": self.name,
            "OS_PASSWORD": self.password,
            "OS_PROJECT_NAME": self.project,
            "OS_TENANT_NAME": self.project,
            "OS_USER_DOMAIN_NAME": "Default",
            "OS_PROJECT_DOMAIN_NAME": "Default",
        }


ADMIN = Account("admin", ADMIN_SECRET, "admin")
#: an ordinary user: the role ``member``, and no other
USER = Account("disco", "disco-of-tests", "disco")
OTHER = Account("other", "other-of-tests", "other")


@dataclass(frozen=True)
class State:
    """The one folder of everything: packages, image, logs, and what runs."""

    folder: Path

    @property
    def root(self) -> Path:
        """Debian with OpenStack's packages; kept for the next time."""
        return self.folder / "root"

    @property
    def image(self) -> Path:
        """What instances boot from; kept for the next time."""
        return self.folder / "images"

    @property
    def logs(self) -> Path:
        """One file for each service and step; those of the last start are kept."""
        return self.folder / "logs"

    @property
    def run(self) -> Path:
        """What a running cloud writes; gone with it."""
        return self.folder / "run"

    @property
    def authority(self) -> Path:
        """The certificate of the private authority, of a running cloud."""
        return self.run / "ca.pem"

    @property
    def figures(self) -> Path:
        """How long each step took, in seconds."""
        return self.folder / "figures.json"

    def note(self, **seconds: float) -> None:
        """Add to the figures of this run."""
        found = json.loads(self.figures.read_text()) if self.figures.exists() else {}
        rounded = {name: round(value, 1) for name, value in seconds.items()}
        self.figures.write_text(json.dumps({**found, **rounded}, indent=1) + "\n")


@dataclass(frozen=True)
class Running:
    """What a running cloud was started with; in ``run/cloud.json``."""

    #: of the box's first process, as the machine counts
    pid: int
    #: of what connects the box with the world, if anything does
    egress_pid: int | None = None
    #: the control groups' name
    group: str = ""

    def write(self, state: State) -> None:
        """Keep it for other commands."""
        (state.run / "cloud.json").write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, state: State) -> Running | None:
        """What runs, if anything does."""
        try:
            found = cls(**json.loads((state.run / "cloud.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return found
