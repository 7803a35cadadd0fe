"""The page keeps what a run did not measure anew."""

from __future__ import annotations

from benchmarks.page import BEGIN, END, put_into

PAGE = f"# Speed\n\n{BEGIN}\n\n### Drafts\n\nold\n\n### Requests\n\nkept\n{END}\n\nmore\n"


def test_a_section_that_was_not_measured_stays_and_each_has_its_place() -> None:
    made = put_into(
        PAGE, {"Drafts": "new\n", "Followers": "1\n"}, ["Followers", "Drafts", "Requests"]
    )
    wanted = "### Followers\n\n1\n\n### Drafts\n\nnew\n\n### Requests\n\nkept"
    assert made == f"# Speed\n\n{BEGIN}\n\n{wanted}\n\n{END}\n\nmore\n"
    assert put_into(made, {}, ["Followers", "Drafts", "Requests"]) == made
