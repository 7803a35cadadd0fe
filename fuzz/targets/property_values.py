"""Values of the shipped components' properties; the first byte chooses the property."""

from __future__ import annotations

from disco.components.loader import load_catalogue
from disco.components.properties import check_properties
from disco.components.values import describe_allowed, parse_value
from disco.data_files import data_dir
from fuzz.parts import as_text
from fuzz.target import Target

CATALOGUE = load_catalogue(data_dir() / "frameworks")
PROPERTIES = sorted(CATALOGUE.properties().items())


def run(data: bytes) -> str:
    """Read one value, and the same value among the attributes of a request."""
    name, rules = PROPERTIES[(data[0] if data else 0) % len(PROPERTIES)]
    text = as_text(data[1:])
    # the names of families, and of what no component has, are the client's to choose
    family = name.removesuffix("*") + text[:300] if rules.family else name
    checked = check_properties(CATALOGUE, {family: text, name + text[:9]: "x"}, {"dask": ""})
    said = [str(checked.faults), str(checked.unknown)]
    try:
        said.append(repr(parse_value(rules, text)))
    except ValueError as error:
        said.append(f"{error} {describe_allowed(rules)}")
    return "\n".join(said).encode("utf-8", "replace").decode()


TARGET = Target(
    run, refusals=(), dictionary=("10.0.0.0/24", "15m", "true", "debian-12", "-1", "1e9")
)
