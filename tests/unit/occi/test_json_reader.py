"""JSON bodies that say what no attribute can take."""

from __future__ import annotations

import pytest

from disco.errors import InvalidRequest
from disco.occi.json_reader import read_json


@pytest.mark.parametrize("number", ["9" * 31, "-" + "9" * 5000, "1e999", "-1e999"])
def test_numbers_that_no_attribute_takes_are_refused(number: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_json(f'{{"attributes": {{"a": {number}}}}}')
    assert len(str(refused.value)) < 300
    assert "set_int_max_str_digits" not in str(refused.value)


@pytest.mark.parametrize("number", ["1.10", "1e8", "1.0", "0.30", "12", "-0.5E-3"])
def test_a_number_of_an_attribute_is_the_text_that_was_sent(number: str) -> None:
    message = read_json(f'{{"attributes": {{"a.version": {number}}}}}')
    assert message.attributes["a.version"] == number
