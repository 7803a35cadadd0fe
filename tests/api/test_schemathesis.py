"""Requests that nobody thought of, made from the OpenAPI document by schemathesis."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from disco.embedded.cloud import EmbeddedCloud
from tests.support.cloud import session_of
from tests.support.service import ServiceProcess, running_service

pytestmark = pytest.mark.slow
#: what an answer is checked for. Not whether valid requests are taken, and invalid ones
#: refused: that depends on what the cloud has, and other tests say it
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
    "missing_required_header",
    "use_after_free",
)
#: a deadline, not the usual time, which is below half a minute each
SECONDS = 300


def run(folder: Path, base: str, headers: dict[str, str], *options: str) -> None:
    """Send all requests; always the same ones."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{base}/openapi.json"),
            *(f"--header={name}: {value}" for name, value in headers.items()),
            *(f"--checks={','.join(CHECKS)}", "--generation-deterministic", "--warnings=off"),
            *("--request-timeout=90", "--suppress-health-check=all", "--no-color"),
            *("--continue-on-failure", *options),
        ],
        cwd=folder,
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
    options = ("--phases=coverage", "--exclude-path-regex=tokens")
    run(tmp_path, without_cloud.base, accept, *options)


@pytest.mark.parametrize("accept", ["application/json", "text/plain"])
def test_no_server_error_and_no_answer_that_the_document_does_not_tell(
    service: ServiceProcess, embedded_cloud: EmbeddedCloud, accept: str, tmp_path: Path
) -> None:
    # a project of its own: everything in it is deleted, all the time
    token = session_of(embedded_cloud.credentials_of("other")).get_token()
    options = ("--phases=examples,fuzzing", "--max-examples=15")
    run(tmp_path, service.base, {"X-Auth-Token": str(token), "Accept": accept}, *options)
