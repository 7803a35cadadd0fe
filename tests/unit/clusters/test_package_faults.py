"""Packages that a cluster has no place for, and variables that cannot be."""

from __future__ import annotations

import re

from disco.attributes import APT, ENVIRONMENT_PREFIX, JARS, PIP
from disco.clusters.package_faults import list_package_faults
from disco.components.properties import check_properties
from disco.components.resolver import resolve_plan
from disco.data_files import data_dir
from disco.errors import Fault
from tests.support.specs import SHIPPED


def faults(attributes: dict[str, str], *frameworks: str) -> list[Fault]:
    injected = dict.fromkeys(frameworks, "")
    checked = check_properties(SHIPPED, attributes, injected)
    plan = resolve_plan(SHIPPED, injected, checked.values)
    return [*checked.faults, *list_package_faults(SHIPPED, checked.values["packages"], plan)]


def mine(attributes: dict[str, str], *frameworks: str) -> list[tuple[str | None, str, str | None]]:
    known = [f for f in faults(attributes, *frameworks) if f.code != "missing-attribute"]
    return [(f.attribute, f.message, f.allowed) for f in known]


def test_what_has_a_place_is_taken() -> None:
    assert not mine({PIP: "pandas", APT: "htop"}, "dask")
    assert not mine({JARS: "g:a:1"}, "flink")
    assert not mine({f"{ENVIRONMENT_PREFIX}TZ": "UTC", APT: "htop"}, "kafka")


def test_python_packages_and_libraries_need_a_framework_that_takes_them() -> None:
    ((pip, _, python), (jars, _, java)) = mine({PIP: "pandas", JARS: "g:a:1"}, "kafka")
    assert (pip, python) == (PIP, "with dask, jupyter, ray, spark")
    assert (jars, java) == (JARS, "with flink, hadoop, spark")


def test_another_version_of_the_framework_is_refused_before_pip_would() -> None:
    ((attribute, message, allowed),) = mine({PIP: "Dask==2024.1.0"}, "dask")
    assert (attribute, message) == (PIP, "'Dask==2024.1.0' is not what Dask is made of")
    assert str(allowed).startswith("dask==20")
    version = SHIPPED["dask"].versions[0]
    assert not mine({PIP: f"dask=={version}"}, "dask")
    assert not mine({PIP: "dask[diagnostics]>=2024"}, "dask")


def test_all_faults_come_at_once_and_each_names_its_attribute() -> None:
    asked = {
        APT: "htop; rm",
        PIP: "--index-url https://evil",
        JARS: "x",
        f"{ENVIRONMENT_PREFIX}PATH": "/x",
        f"{ENVIRONMENT_PREFIX}A": "$(id)",
        f"{ENVIRONMENT_PREFIX}B": "b",
    }
    found = [attribute for attribute, *_ in mine(asked, "dask")]
    assert sorted(map(str, found)) == sorted(set(asked) - {f"{ENVIRONMENT_PREFIX}B"})


def test_what_is_allowed_is_said_to_its_end() -> None:
    """A hash sign behind a blank begins a comment in YAML, and takes the rest of a text along."""
    ((_, _, values),) = mine({f"{ENVIRONMENT_PREFIX}A": "$(id)"}, "dask")
    assert str(values).endswith("$, ` and #")
    ((_, _, jars),) = mine({JARS: "x"}, "spark")
    assert "#sha512=DIGEST, separated by spaces" in str(jars)
    text = re.compile(r"^ *(accepts|description|title): [^\"'>|].* #", re.M)
    for path in (data_dir() / "frameworks").rglob("component.yaml"):
        assert not text.search(path.read_text()), path


def test_a_list_of_ten_thousand_is_one_fault() -> None:
    ((attribute, message, _),) = mine({PIP: ",".join(f"p{i}" for i in range(10_000))}, "dask")
    assert (attribute, message) == (PIP, "is longer than 4096 characters")
    many = {f"{ENVIRONMENT_PREFIX}A{i}": "x" for i in range(10_000)}
    ((_, message, allowed),) = mine(many, "dask")
    assert (message, allowed) == ("10000 variables", "at most 100")
