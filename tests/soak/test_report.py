"""What a run tells, and how it ends."""

from __future__ import annotations

import json

import pytest
from _pytest.capture import CaptureFixture

from soak.__main__ import main
from soak.health import Answers
from soak.report import Report, Row

ROWS = [Row("errors", "0", "0", True), Row("backpressure", "7")]


def test_a_run_holds_unless_a_row_does_not() -> None:
    assert Report("a run", ROWS).holds
    assert not Report("a run", [*ROWS, Row("threads left", "39", "<= 38", False)]).holds


def test_the_table_has_aligned_columns() -> None:
    assert Report("a run", ROWS).as_table().splitlines() == [
        "a run",
        "              seen  wanted",
        "errors        0     0       ok",
        "backpressure  7",
    ]


def test_json_has_rows_and_figures() -> None:
    told = json.loads(Report("a run", ROWS, {"answers": {"list": {"200": 3}}}).as_json())
    assert told["holds"] is True
    assert told["rows"][1] == {"name": "backpressure", "value": "7", "wanted": "", "holds": None}
    assert told["figures"] == {"answers": {"list": {"200": 3}}}


def test_an_answer_that_is_missing_is_the_slowest() -> None:
    answers = Answers([0.01 * number for number in range(1, 101)])
    assert (answers.slowest, answers.percentile(0.99)) == (1.0, 1.0)
    assert Answers([0.1], ["TimeoutError"]).slowest == Answers().slowest == float("inf")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["earthquake"], 'unknown attack "earthquake"'),
        (["--minutes", "0"], "the time must be more than 0"),
        (["--connections", "-1"], "--connections takes 0 to 20000"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_starts(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["soak", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert said in capsys.readouterr().err
