"""What nodes fetch to speak S3, and where a cluster with a place in the store has its tables."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from disco.heat.template.jinja_environment import Templates
from disco.heat.template.software import downloads
from disco.heat.template.template_context import Contexts
from tests.support.shipped import CATALOGUE
from tests.support.specs import draft

PLACE = {
    "location": "s3a://work/data",
    "endpoint": "https://s3.example.org",
    "accesskey": "key",
}
STORE = CATALOGUE["objectstore"]
PLUGIN, *LIBRARIES = downloads(STORE, STORE.versions[0])
#: asks for what it is told to, and writes something else
CURL = """
curl() {
  while [[ $1 != http* ]]; do shift; done
  for url; do echo "asked $url"; echo junk >"$dir.new/${url##*/}"; done
}
disco_mask() { cat; }
fetch() { echo "fetched $*"; }
"""


def rendered(component: str, file: str, *frameworks: str) -> str:
    """A file of a master's with a place in the store."""
    names = dict.fromkeys(("objectstore", *frameworks), "")
    plan, spec = draft(names, workers=1, catalogue=CATALOGUE)
    spec.properties["objectstore"].update(PLACE)  # type: ignore[attr-defined]
    spec.secrets["objectstore"].update(secretkey="x" * 40)  # type: ignore[attr-defined]
    context = Contexts(plan, spec).component(component, "master")
    return Templates(CATALOGUE, spec.id).file(component, file, context)


def installed(folder: Path, *frameworks: str, mirror: str = "") -> subprocess.CompletedProcess[str]:
    """The installation, where every source has other files than it should."""
    script = rendered("objectstore", "install.sh.j2", *frameworks)
    script = script.replace("/opt/disco/objectstore", str(folder))
    text = (
        f"set -euo pipefail\nDISCO_MIRROR={mirror}\n{CURL}\ninstall() {{\n:\n{script}\n}}\ninstall"
    )
    return subprocess.run(
        ["bash", "-c", text], capture_output=True, text=True, timeout=60, check=False
    )


def test_nodes_ask_for_what_is_pinned_and_refuse_anything_else(tmp_path: Path) -> None:
    done = installed(tmp_path, "spark", mirror="http://mirror")
    assert done.returncode != 0
    assert "no source has the libraries of S3A with the right checksums" in done.stderr
    assert not (tmp_path / "jars").exists()
    asked = re.findall(r"^asked (.*)$", done.stdout, re.M)
    pinned = [url for one in LIBRARIES for url in one.urls]
    served = [f"http://mirror/files/{one.file}" for one in LIBRARIES]
    assert sorted(asked) == sorted(pinned + served)
    assert done.stdout.count("wrong checksums from ") == 3


@pytest.mark.parametrize(
    ("framework", "libraries", "plugin"),
    [("dask", False, False), ("flink", False, True), ("hadoop", True, False)],
)
def test_nodes_fetch_what_their_frameworks_need(
    tmp_path: Path, framework: str, libraries: bool, plugin: bool
) -> None:
    done = installed(tmp_path, framework)
    assert ("asked" in done.stdout) == libraries
    assert (f"{PLUGIN.file} {PLUGIN.sha512}" in done.stdout) == plugin


def test_a_place_takes_no_memory_of_a_worker_s() -> None:
    without, spec = draft({"dask": ""}, workers=1, catalogue=CATALOGUE)
    alone = Contexts(without, spec).component("dask", "worker")["memory"].ram_mb
    plan, spec = draft({"dask": "", "objectstore": ""}, workers=1, catalogue=CATALOGUE)
    assert Contexts(plan, spec).component("dask", "worker")["memory"].ram_mb >= alone - 1


@pytest.mark.parametrize("frameworks", [("spark",), ("spark", "hadoop")])
def test_tables_and_history_are_in_the_place(frameworks: tuple[str, ...]) -> None:
    defaults = rendered("spark", "spark-defaults.conf.j2", *frameworks).splitlines()
    assert "spark.sql.warehouse.dir s3a://work/data/spark/warehouse" in defaults
    assert "spark.eventLog.dir s3a://work/data/spark/events" in defaults
    metastore = rendered("spark", "hive-site.xml.j2", *frameworks)
    assert "jdbc:postgresql://127.0.0.1/metastore" in metastore
    assert "derby" not in metastore
    # or the first table that is created waits for its own transaction
    assert "org.apache.hadoop.hive.metastore.model.MTablePrivilege" in metastore
    # where there is Hadoop, its configuration holds for Spark, too
    core = rendered("hadoop", "core-site.xml.j2", *frameworks) if "hadoop" in frameworks else ""
    assert ("https://s3.example.org" in core) == ("hadoop" in frameworks)
    named = "spark.hadoop.fs.s3a.endpoint https://s3.example.org" in defaults
    assert named == ("hadoop" not in frameworks)


def kept(folder: Path, rclone: str, *words: str) -> subprocess.CompletedProcess[str]:
    """What saves and loads, where the store answers as ``rclone`` has it."""
    script = rendered("objectstore", "keep.sh.j2", "jupyter", "spark")
    script = script.replace("/var/log/disco", str(folder)).replace("/var/lib/disco", str(folder))
    (folder / "objectstore").mkdir(exist_ok=True)
    for name, text in (("rclone", rclone), ("keep", script)):
        path = folder / name
        path.write_text(f"#!/bin/bash\n{text}\n")
        path.chmod(0o755)
    return subprocess.run(
        [str(folder / "keep"), *words], capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": f"{folder}:/usr/bin:/bin"},
    )  # fmt: skip


def test_strangers_who_read_what_is_installed_read_no_name_of_a_user_s_file(tmp_path: Path) -> None:
    done = kept(tmp_path, "echo 'payroll.ipynb: Failed to copy' >&2; exit 1", "load", "notebooks")
    assert done.returncode != 0
    assert "payroll" not in done.stdout + done.stderr
    assert "cannot load the notebooks" in done.stdout
    assert "payroll" in (tmp_path / "objectstore/keep.log").read_text()
    # what the operator of an image has to know is said
    said = "pg_restore: error: unsupported version (1.16) in file header"
    done = kept(tmp_path, f"echo '{said}'; exit 1", "load", "metastore")
    assert done.stdout.splitlines()[-1] == "unsupported version (1.16) in file header"


def test_of_who_has_the_place_no_more_is_read_than_an_id() -> None:
    """Everybody who writes to the bucket could have the master read without end."""
    script = rendered("objectstore", "keep.sh.j2", "jupyter")
    assert re.findall(r"rclone cat ([^\"]*) \"", script) == ["--count 36"]
