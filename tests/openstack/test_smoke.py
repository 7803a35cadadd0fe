"""Commands that check a cloud, against this one: ``disco doctor`` and ``make smoke``."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from tests.openstack.conftest import DEADLINE, Left, Stage
from tests.openstack.settings import EXTERNAL_NETWORK, IMAGE
from tests.support.shell import ROOT

# one ends by itself meanwhile, which test_end_of_life looks at
pytestmark = pytest.mark.usefixtures("short_lived")


def test_the_doctor_has_nothing_to_complain_of(stage: Stage) -> None:
    done = stage.shell().run("doctor", timeout=300)
    assert done.status == 0, done.out + done.err


def test_the_smoke_suite_passes(stage: Stage, nothing_left: Left) -> None:
    chosen = {"IMAGE": IMAGE, "FLAVOR": "m1.small", "EXTERNAL_NETWORK": EXTERNAL_NETWORK}
    env = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    env |= {"HOME": str(stage.folder), "DISCO_SMOKE": "1", **stage.openrc, **chosen}
    report = stage.state.folder / "smoke.xml"
    began = time.monotonic()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:randomly",
            f"--junit-xml={report}",
            str(ROOT / "tests/smoke"),
        ],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=4 * DEADLINE,
    )
    (stage.state.logs / "smoke.log").write_text(done.stdout + done.stderr)
    assert done.returncode == 0, done.stdout[-3000:]
    stage.note("smoke suite", time.monotonic() - began)
    assert nothing_left() == {}
