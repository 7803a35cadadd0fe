"""OCCI in JSON, in the form of 1.1 and of 1.2."""

from __future__ import annotations

from fuzz.target import Target
from fuzz.targets.occi_plain import read

WORDS = (
    *('"kind":', '"mixins":', '"attributes":', '"actions":', '"links":', '"id":', '"title":'),
    *(
        '"summary":',
        '"action":',
        '"resources":',
        '"term":',
        '"scheme":',
        '"target":',
        '"location":',
    ),
    '"http://schemas.cloudcomplab.ch/occi/sm#disco"',
)
TARGET = Target(
    lambda data: read("application/occi+json", {}, data),
    dictionary=WORDS,
    answer_bytes=1 << 17,
    answer_factor=60,
)
