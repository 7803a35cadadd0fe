"""Requests that nobody thought of, made from the OpenAPI document by schemathesis."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from disco.embedded.cloud import EmbeddedCloud
from tests.api.conftest import remove
from tests.support.cloud import heat_of, make_network, session_of, until
from tests.support.service import Caller, ServiceProcess, running_service
from tests.support.shell import ROOT

pytestmark = pytest.mark.slow
#: what an answer is checked for
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
)
#: that valid requests are taken is checked where the document says all that makes them so: not
#: where the cloud must have images and flavors of these names, or Keystone an account; and not
#: of DELETE, which is answered with 400 where there is no cluster, for the original's dashboard
TELLING = (
    *(
        "query",
        "list",
        "choices",
        "show",
        "events",
        "interfaces",
        "nodes",
        "members",
        "health",
        "jobs",
        "ready",
        "openapi",
    ),
    "delete_all",
)
#: from a create along the document's own links, and no guessed ones
FOLLOWED = ("create", "create_as", "show", "events", "interfaces", "nodes", "act", "delete")
FOLLOWING = """
[phases.stateful]
max-steps = 5
inference.algorithms = []
"""
#: a deadline, not the usual time, which is below half a minute each
SECONDS = 300


def run(
    folder: Path,
    base: str,
    headers: dict[str, str],
    *options: str,
    checks: tuple[str, ...] = CHECKS,
    **environment: str,
) -> None:
    """Send all requests; always the same ones."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{base}/openapi.json"),
            *(f"--header={name}: {value}" for name, value in headers.items()),
            *(f"--checks={','.join(checks)}", "--generation-deterministic", "--warnings=off"),
            *("--request-timeout=90", "--suppress-health-check=all", "--no-color"),
            # what OCCI has and DISCO has not is answered with 501, and that is no mishap
            *("--exclude-operation-id=add_mixins", "--continue-on-failure", *options),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-12000:]


@pytest.fixture
def without_cloud(tmp_path: Path) -> Iterator[ServiceProcess]:
    """A service whose Keystone nobody reaches: for requests that come without credentials."""
    with running_service(tmp_path, "http://127.0.0.1:9/v3") as process:
        yield process


def test_every_parameter_at_its_limits_without_credentials(
    without_cloud: ServiceProcess, tmp_path: Path
) -> None:
    accept = {"Accept": "application/json"}
    # of /ready 503 is the right answer here
    options = ("--phases=coverage", "--exclude-path-regex=tokens|/ready")
    run(tmp_path, without_cloud.base, accept, *options)


@pytest.mark.parametrize("accept", ["application/json", "text/plain"])
def test_no_server_error_and_no_answer_that_the_document_does_not_tell(
    service: ServiceProcess, embedded_cloud: EmbeddedCloud, accept: str, tmp_path: Path
) -> None:
    # a project of its own: everything in it is deleted, all the time
    token = session_of(embedded_cloud.credentials_of("other")).get_token()
    options = ("--phases=examples,fuzzing", "--max-examples=15")
    run(tmp_path, service.base, {"X-Auth-Token": str(token), "Accept": accept}, *options)


def test_what_the_document_allows_is_taken_and_what_it_forbids_refused(
    service: ServiceProcess, embedded_cloud: EmbeddedCloud, tmp_path: Path
) -> None:
    token = session_of(embedded_cloud.credentials_of("other")).get_token()
    run(
        tmp_path,
        service.base,
        {"X-Auth-Token": str(token), "Accept": "application/json"},
        *("--phases=examples,coverage", "--mode=all"),
        *(f"--include-operation-id={name}" for name in TELLING),
        checks=("positive_data_acceptance", "negative_data_rejection", "not_a_server_error"),
    )


def test_a_cluster_that_was_created_can_be_shown_used_and_deleted(
    service: ServiceProcess, embedded_cloud: EmbeddedCloud, tmp_path: Path
) -> None:
    who = embedded_cloud.credentials_of("other")
    token = str(session_of(who).get_token())
    # not use_after_free: what is being deleted is shown until it is gone
    checks = (*CHECKS, "ensure_resource_availability")
    heat = heat_of(who)
    network = make_network(heat, "network-of-other")
    its_stack = heat.stacks.get(network).id
    (tmp_path / "schemathesis.toml").write_text(FOLLOWING)
    run(
        tmp_path,
        service.base,
        {"X-Auth-Token": token, "Accept": "application/json"},
        *("--phases=stateful", "--max-examples=6", "--mode=positive"),
        *(f"--include-operation-id={name}" for name in FOLLOWED),
        checks=checks,
        SCHEMATHESIS_HOOKS="tests.support.schemathesis_hooks",
        DISCO_CALLS=str(tmp_path / "calls"),
        DISCO_NETWORK=network,
    )
    calls = set((tmp_path / "calls").read_text().splitlines())
    assert calls & {"create 201", "create_as 201"}
    assert calls >= {"show 200", "delete 200"}
    caller = Caller(service.base, {"X-Auth-Token": token, "X-Tenant-Name": who.project_name})
    assert caller.request("DELETE", "/disco/").status_code == 200

    def empty() -> bool:
        return not caller.get("/disco/", Accept="application/json").json()["resources"]

    until(empty, 120, "no cluster")
    remove(heat, its_stack)
