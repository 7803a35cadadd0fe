"""Requests that nobody thought of, made from the OpenAPI document by schemathesis."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from disco.embedded.cloud import EmbeddedCloud
from tests.api.conftest import headers_of
from tests.support.service import ServiceProcess

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
#: a whole minute on a machine that has nothing else to do is too long
SECONDS = 300


@pytest.mark.slow
@pytest.mark.parametrize("accept", ["application/json", "text/plain"])
def test_no_server_error_and_no_answer_that_the_document_does_not_tell(
    service: ServiceProcess, embedded_cloud: EmbeddedCloud, accept: str, tmp_path: Path
) -> None:
    # a project of its own: everything in it is deleted, all the time
    who = headers_of(embedded_cloud.credentials_of("other"))
    headers = [f"--header={name}: {value}" for name, value in {**who, "Accept": accept}.items()]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{service.base}/openapi.json"),
            *headers,
            f"--checks={','.join(CHECKS)}",
            *("--phases=examples,coverage,fuzzing", "--max-examples=12", "--seed=1"),
            *("--generation-deterministic", "--generation-database=none", "--no-color"),
            *("--request-timeout=90", "--suppress-health-check=all", "--workers=2"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-12000:]
