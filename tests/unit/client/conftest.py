"""A client whose requests go to a mocked wire."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests_mock

from disco.client import Client
from tests.support.wire import make_client


@pytest.fixture
def wire() -> Iterator[requests_mock.Mocker]:
    with requests_mock.Mocker() as mocker:
        yield mocker


@pytest.fixture
def client(wire: requests_mock.Mocker) -> Client:
    return make_client()
