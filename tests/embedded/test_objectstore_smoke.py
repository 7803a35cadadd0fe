"""What a master runs to try the cluster's place, against a real store: by its words, why not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

pytest.importorskip("swift", reason="needs the extra object-store (swift not installed)")

from disco.embedded.cloud import EmbeddedCloud
from disco.heat.template.jinja_environment import Templates
from disco.heat.template.template_context import Contexts
from tests.support.cloud import session_of
from tests.support.object_store import ec2_credential, store_cloud, swift_of
from tests.support.shipped import CATALOGUE
from tests.support.specs import draft

__all__ = ["store_cloud"]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def empty_project() -> None:
    """In the place of that of the folder, whose cloud is another."""


def run(
    cloud: EmbeddedCloud, folder: Path, key: dict[str, str], place: str
) -> subprocess.CompletedProcess[str]:
    """The configuration and the smoke job of a master, with files of its own."""
    plan, spec = draft({"objectstore": ""}, workers=1, catalogue=CATALOGUE)
    address = session_of(cloud.credentials).get_endpoint(service_type="s3")
    values = {"location": place, "endpoint": address, "accesskey": key["access"]}
    properties = {**spec.properties["objectstore"], **values}
    spec.properties["objectstore"].update(properties)  # type: ignore[attr-defined]
    spec.secrets["objectstore"].update(secretkey=key["secret"])  # type: ignore[attr-defined]
    context = Contexts(plan, spec).component("objectstore", "master")
    templates = Templates(CATALOGUE, spec.id)
    configure = templates.file("objectstore", "configure.sh.j2", context)
    smoke = templates.file("objectstore", "smoke.sh.j2", context)
    assert key["secret"] not in configure + smoke, "it is in no file of the stack's"
    # as a hidden parameter of the stack puts it before a node's script
    script = f"set -euo pipefail\nDISCO_LOGIN=$(id -un)\nDISCO_SECRET_A_PLAIN={key['secret']}\n"
    script += f"{configure}\n{smoke}"
    script = script.replace("/etc/disco/s3", str(folder / "s3"))
    script = script.replace("-o disco ", "")
    return subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=120, check=False
    )


def test_the_trial_writes_and_leaves_nothing(store_cloud: EmbeddedCloud, tmp_path: Path) -> None:
    swift = swift_of(store_cloud.credentials)
    swift.put_container("tried")
    key = ec2_credential(store_cloud.credentials)
    done = run(store_cloud, tmp_path, key, "s3a://tried/some/data=1")
    assert (done.returncode, done.stdout) == (0, "wrote to tried/some/data=1\n"), done.stderr
    assert swift.get_container("tried")[1] == []
    assert (tmp_path / "s3").stat().st_mode & 0o777 == 0o440


@pytest.mark.parametrize(
    ("bucket", "secret", "said"),
    [("nowhere", None, "NoSuchBucket"), ("tried", "0" * 40, "SignatureDoesNotMatch")],
)
def test_a_trial_that_fails_says_what_the_store_said(
    store_cloud: EmbeddedCloud, tmp_path: Path, bucket: str, secret: str | None, said: str
) -> None:
    swift_of(store_cloud.credentials).put_container("tried")
    key = ec2_credential(store_cloud.credentials)
    done = run(
        store_cloud, tmp_path, {**key, **({"secret": secret} if secret else {})}, f"s3a://{bucket}"
    )
    assert done.returncode != 0
    assert f"PUT http://127.0.0.1:{store_cloud.ports[0] + 2}/{bucket}/.disco-" in done.stderr
    assert said in done.stderr
