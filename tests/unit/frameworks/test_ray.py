"""How Ray is started: who computes, and what its memory is divided into."""

import os
import re
import subprocess
import sys

import pytest

from disco.heat.template.jinja_environment import Templates
from disco.heat.template.template_context import Contexts
from tests.support.shipped import CATALOGUE
from tests.support.specs import draft


def start(role, workers=3, **properties):
    """The script that starts a node, and the context it was made in."""
    plan, spec = draft({"ray": ""}, workers=workers, catalogue=CATALOGUE)
    spec.properties["ray"].update(properties)
    context = Contexts(plan, spec).component("ray", role)
    return Templates(CATALOGUE, spec.id).file("ray", "start.sh.j2", context), context


@pytest.mark.parametrize(("role", "workers", "cores"), [
    ("master", 3, 0), ("worker", 3, 4), ("master", 0, 4),
])  # fmt: skip
def test_the_head_computes_only_where_nobody_else_can(role, workers, cores):
    text, _ = start(role, workers)
    assert re.findall(r"--num-cpus (\d+)", text) == [str(cores)]
    assert ("--head" in text) == (role == "master")


@pytest.mark.parametrize("percent", [5, 30, 70])
def test_its_share_of_the_node_is_divided_and_no_more(percent):
    text, context = start("worker", object_store_percent=percent)
    rest, store = (int(n) for n in re.findall(r"\(\(1048576 \* (\d+)\)\)", text))
    assert rest + store == context["memory"].ram_mb
    assert store == context["memory"].ram_mb * percent // 100


def test_every_port_is_declared():
    used = set()
    for role in ("master", "worker"):
        text, _ = start(role)
        used |= {int(n) for n in re.findall(r"-port (\d+)", text)}
    declared = {port.port for port in CATALOGUE["ray"].ports}
    assert used - {11999} <= declared  # the last of a range whose first is declared
    assert declared - used == {6386, 6387}  # of the environment


#: another user, as far as a test may: the same one, who finds Ray's Python
SUDO = """\
#!/bin/bash
while [[ $1 == -* ]]; do [[ $1 == -u ]] && shift; shift; done
"$@"
"""
PROGRAM = """\
import os, sys
print(os.environ["RAY_ADDRESS"].rpartition(":")[2], os.environ["DISCO_JOB"], *sys.argv[1:])
assert os.getcwd() != os.environ["JOB"] and os.path.exists("data.csv")
with open(os.path.join(os.environ["DISCO_JOB_OUTPUT"], "found"), "w") as out:
    out.write(__import__("beside").WHAT)
sys.exit(3)
"""


#: writes, says so, and would go on for long
ENDLESS = """\
import os, time
with open(os.path.join(os.environ["DISCO_JOB_OUTPUT"], "found"), "w") as out:
    out.write("part")
print("wrote", flush=True)
time.sleep(600)
"""


def started(tmp_path, program, *words):
    """A job of Ray's, as the master runs it."""
    programs, work = tmp_path / "bin", tmp_path / "work"
    programs.mkdir()
    (work / "output").mkdir(parents=True)
    (programs / "sudo").write_text(SUDO)
    (programs / "sudo").chmod(0o755)
    (programs / "python").symlink_to(sys.executable)
    for name, text in {"x.py": program, "data.csv": "", "beside.py": "WHAT = 'it'"}.items():
        (work / name).write_text(text)
    (job,) = CATALOGUE["ray"].jobs
    return subprocess.Popen(
        ["bash", "-c", f"options=()\n{job.command}", "job", "x.py", *words],
        cwd=work,
        env={
            **{"PATH": f"{programs}:{os.environ['PATH']}", "TMPDIR": str(tmp_path)},
            **{"DISCO_JOB": "sums", "DISCO_JOB_OUTPUT": str(work / "output"), "JOB": str(work)},
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_job_s_output_and_status_come_back_from_where_it_ran(tmp_path):
    """Ray Data refuses clients of Ray's, so that the job is run by Ray's own user elsewhere."""
    process = started(tmp_path, PROGRAM, "--year", "2026")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (3, "6379 sums --year 2026\n"), err
    assert (tmp_path / "work/output/found").read_text() == "it"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "work"]


def test_what_a_cancelled_job_wrote_comes_back(tmp_path):
    """Its processes are another user's, whom a signal of who submitted it does not reach."""
    process = started(tmp_path, ENDLESS)
    assert process.stdout.readline() == "wrote\n"
    process.terminate()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + 15, err
    assert (tmp_path / "work/output/found").read_text() == "part"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "work"]
