"""Commands against a mocked service, without credentials or a cloud."""

from __future__ import annotations

from collections.abc import Iterator
from unittest import mock

import pytest
import requests_mock

from disco.cli import connection
from tests.support.wire import URL, error, make_client


@pytest.fixture
def wire() -> Iterator[requests_mock.Mocker]:
    """The service's answers; every command asks it."""
    with (
        requests_mock.Mocker() as mocker,
        mock.patch.object(connection, "connect", lambda _: make_client()),
    ):
        # nobody tells how nodes are, unless a test has somebody
        mocker.get(f"{URL}/health", status_code=404, json=error("not-found", "Nothing here."))
        yield mocker
