"""The command line beside openstackclient's: CPU of whole processes, on the same cloud."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.measure import Row, interleaved
from benchmarks.verbs import service
from disco.embedded.cloud import EmbeddedCloud
from tests.support.cloud import free_port_pair, headers_of
from tests.support.service import Caller, attributes

#: ours, and theirs; ``*`` is the cluster
PAIRS = (
    (("disco", "--help"), ("openstack", "--help")),
    (("disco", "list"), ("openstack", "stack", "list")),
    (("disco", "show", "*"), ("openstack", "stack", "show", "disco_*")),
)
GOAL = 1.0


def measure(folder: Path, rounds: int = 5) -> Iterator[Row]:
    """``disco --help``, ``list`` and ``show`` beside what openstackclient has for the same."""
    with (
        EmbeddedCloud(folder / "cloud", nodes="none", cloud_port=free_port_pair()) as cloud,
        service(folder / "commands", cloud.auth_url) as process,
    ):
        credentials = cloud.credentials
        env = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
        env |= {
            "DISCO": process.base,
            "OS_AUTH_URL": credentials.auth_url,
            "OS_USERNAME": credentials.username,
            "OS_PASSWORD": credentials.password,
            "OS_PROJECT_NAME": credentials.project_name,
            "OS_USER_DOMAIN_NAME": credentials.domain_name,
            "OS_PROJECT_DOMAIN_NAME": credentials.domain_name,
            "OS_REGION_NAME": credentials.region_name,
            "OS_IDENTITY_API_VERSION": "3",
        }
        caller = Caller(process.base, headers_of(credentials))
        location = caller.create(attributes()).headers["Location"]
        caller.wait_for(location, "CREATE_COMPLETE")
        cluster = location.rpartition("/")[2]
        for ours, theirs in PAIRS:
            asked = {"ours": ours, "theirs": theirs}
            steps = {
                name: _runner([word.replace("*", cluster) for word in words], env)
                for name, words in asked.items()
            }
            took = interleaved(steps, rounds, _children_cpu)
            yield Row(
                " ".join(ours).removesuffix(" *"),
                took["ours"],
                "s CPU",
                took["theirs"],
                " ".join(theirs).removesuffix(" disco_*"),
                GOAL,
                {"modules": modules_of(ours[1:])},
            )


def _runner(command: Sequence[str], env: Mapping[str, str]) -> Callable[[], object]:
    program = str(Path(sys.executable).parent / command[0])
    return lambda: subprocess.run(
        [program, *command[1:]], check=True, capture_output=True, env=dict(env)
    )


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def modules_of(arguments: tuple[str, ...]) -> int:
    """How many modules a command imports before it ends, whatever it ends with."""
    code = (
        "import contextlib, io, sys\n"
        "from disco.cli.main import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()), "
        "contextlib.redirect_stderr(io.StringIO()):\n"
        f"    main({list(arguments)!r})\n"
        "print(len(sys.modules))\n"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=env
    )
    return int(done.stdout)
