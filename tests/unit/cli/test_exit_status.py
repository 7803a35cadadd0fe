"""Each kind of error has an exit status of its own."""

from __future__ import annotations

import pytest

from disco.cli.exit_status import CommandError, Status, reason_of, status_of
from disco.client import (
    BadRequest,
    CloudFailed,
    ClusterFailed,
    Conflict,
    DeadlineExceeded,
    Forbidden,
    NotAuthenticated,
    NotFound,
    NotOffered,
    RequestError,
    ServiceFailed,
    Unreachable,
)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ClusterFailed("", "c", "CREATE_FAILED"), 1),
        (BadRequest(""), 2),
        (RequestError(["x"]), 2),
        (NotFound(""), 3),
        (NotOffered(""), 3),
        (NotAuthenticated(""), 4),
        (Forbidden(""), 4),
        (DeadlineExceeded("", "c", ""), 5),
        (Unreachable(""), 6),
        (CloudFailed(""), 6),
        (ServiceFailed(""), 6),
        (Conflict(""), 7),
        (CommandError("", Status.CONFLICT), 7),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_has_its_status(error: Exception, status: int) -> None:
    assert status_of(error) == status


def test_each_status_has_a_meaning_of_its_own() -> None:
    assert len({status.meaning for status in Status}) == len(Status)


def test_why_a_file_cannot_be_read_is_told_without_its_class() -> None:
    assert reason_of(PermissionError(13, "Permission denied")) == "permission denied"
    assert reason_of(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x")) == "it is not text in UTF-8"
