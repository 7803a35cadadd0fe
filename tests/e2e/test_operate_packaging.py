"""What runs ``disco operate`` regularly: a timer of systemd, a CronJob of Kubernetes."""

from __future__ import annotations

import configparser
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from disco.cli.main import parse

FOLDER = Path(__file__).parents[2] / "packaging"
UNITS = ("disco-operate.service", "disco-operate.timer")


def unit(name: str) -> configparser.ConfigParser:
    read = configparser.ConfigParser(interpolation=None, strict=False)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read(FOLDER / name)
    return read


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_the_units_are_ones(tmp_path: Path) -> None:
    for name in UNITS:
        text = (FOLDER / name).read_text()
        (tmp_path / name).write_text(text.replace("/opt/disco/bin/disco operate", "/bin/true"))
    files = [str(tmp_path / name) for name in UNITS]
    done = subprocess.run(
        ["systemd-analyze", "verify", *files], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_timer_starts_the_service_before_two_looks_can_meet() -> None:
    service, timer = (unit(name) for name in UNITS)
    assert service["Service"]["Type"] == "oneshot"  # systemd starts no second one beside it
    assert timer["Timer"]["OnCalendar"] == "*:0/5"
    assert "Unit" not in timer["Timer"]  # that of the same name


def test_the_credentials_are_in_a_file_that_the_service_s_user_need_not_read() -> None:
    service = unit(UNITS[0])["Service"]
    name, _, path = service["LoadCredential"].partition(":")
    assert path.startswith("/etc/disco/")
    text = (FOLDER / UNITS[0]).read_text()
    assert f"OS_CLIENT_CONFIG_FILE=%d/{name}" in text
    assert service["DynamicUser"] == "yes" and "PASSWORD" not in text


def test_both_run_a_command_that_there_is() -> None:
    (job,) = yaml.safe_load_all((FOLDER / "disco-operate.yaml").read_text())
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    for command in (shlex.split(unit(UNITS[0])["Service"]["ExecStart"]), container["command"]):
        program, *words = command
        assert program.rpartition("/")[2] == "disco"
        args = parse(words)
        assert (args.command_name, args.watch, args.dry_run) == ("operate", None, False)


def test_the_cron_job_has_no_rights_and_mounts_what_it_names() -> None:
    (job,) = yaml.safe_load_all((FOLDER / "disco-operate.yaml").read_text())
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert {m["name"] for m in container["volumeMounts"]} == {v["name"] for v in pod["volumes"]}
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] > 0
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    mounts = {m["name"]: m["mountPath"] for m in container["volumeMounts"]}
    env = {one["name"]: one["value"] for one in container["env"]}
    assert env["OS_CLIENT_CONFIG_FILE"] == f"{mounts['credentials']}/clouds.yaml"
    assert env["HOME"] == mounts["tmp"]


def test_the_cron_job_fits_kubernetes_own_schema() -> None:
    validator = pytest.importorskip("kubernetes_validate")
    (job,) = yaml.safe_load_all((FOLDER / "disco-operate.yaml").read_text())
    validator.validate(job, validator.latest_version(), strict=True)
