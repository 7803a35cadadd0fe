"""What users want beside the frameworks, as steps of a node's script."""

from __future__ import annotations

import base64
import gzip
import random
import re

import pytest

from disco.attributes import (
    APT,
    BOOTSTRAP,
    BOOTSTRAP_WHEN,
    DATA_SCIENCE,
    ENVIRONMENT_PREFIX,
    JARS,
    PIP,
)
from disco.components.properties import check_properties
from disco.errors import InvalidRequest
from disco.heat.template.stack import render_stack
from tests.support.specs import HUGE, SHIPPED, draft, unpacked

ON = {DATA_SCIENCE: "true"}


def scripts(attributes: dict[str, str], *frameworks: str, wait: bool = True) -> dict[str, str]:
    """The scripts of master and worker, unpacked."""
    injected = dict.fromkeys(frameworks, "")
    checked = check_properties(SHIPPED, attributes, injected)
    assert {fault.code for fault in checked.faults} <= {"missing-attribute"}
    plan, spec = draft(injected, flavor=HUGE, properties=checked.values, wait=wait)
    rendered = render_stack(SHIPPED, plan, spec)
    return {name: unpacked(text) for name, text in rendered.user_data.items()}


def steps(script: str) -> list[str]:
    return re.findall(r"^disco_step ([a-z]+:\S+) step_", script, re.M)


def body(script: str, name: str) -> str:
    return script.partition(f"\nstep_packages_{name}() {{\n")[2].partition("\n}\n")[0]


def sent(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode())).decode()


def test_nothing_is_there_where_nothing_is_wanted() -> None:
    for script in scripts({}, "dask").values():
        assert not [name for name in steps(script) if name.startswith("packages:")]
        assert "disco_jar" not in script


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_order_of_steps(when: str) -> None:
    wanted = {
        APT: "htop",
        PIP: "tiny",
        JARS: "g:a:1",
        BOOTSTRAP: sent("echo hi\n"),
        BOOTSTRAP_WHEN: when,
        f"{ENVIRONMENT_PREFIX}TZ": "UTC",
    }
    found = steps(scripts(wanted, "spark")["worker"])
    early = ["packages:environment", "packages:apt"]
    assert found == [
        "shell:start",
        *early,
        *(["packages:bootstrap"] if when == "before" else []),
        "spark:installed",
        "packages:pip-spark",
        "packages:jars-spark",
        "spark:configured",
        "spark:ready",
        *(["packages:bootstrap"] if when == "after" else []),
    ]


def test_python_packages_go_where_code_of_users_runs() -> None:
    made = scripts({PIP: "tiny>=1,<2"}, "dask", "jupyter", "flink")
    for role, environments in (("master", ["dask", "jupyter"]), ("worker", ["dask"])):
        named = [name for name in steps(made[role]) if name.startswith("packages:")]
        assert named == [f"packages:pip-{name}" for name in environments]
    # what the framework is made of stays what it is
    words = body(made["worker"], "pip_dask")
    assert "disco_add /opt/disco/dask 'dask[array,dataframe,distributed]==" in words
    assert words.endswith("bokeh ipykernel 'tiny<2,>=1'")


def test_data_science_is_there_for_who_wants_it_in_versions_that_are_named() -> None:
    words = body(scripts(ON, "ray")["worker"], "pip_ray")
    assert "'ray[data,train,tune]==" in words
    assert words.endswith("pandas pyarrow matplotlib scikit-learn s3fs")
    other = body(scripts({**ON, PIP: "Scikit_Learn==1.5.0"}, "ray")["worker"], "pip_ray")
    assert other.endswith("pandas pyarrow matplotlib s3fs Scikit_Learn==1.5.0")
    assert "packages:pip-ray" not in steps(scripts({}, "ray")["worker"])


def test_libraries_are_linked_where_frameworks_look() -> None:
    made = scripts({JARS: "org.postgresql:postgresql:42.7.4"}, "spark", "flink")["worker"]
    for name, folder in (
        ("spark", "/opt/disco/spark/spark/jars"),
        ("flink", "/opt/disco/flink/flink/lib"),
    ):
        text = body(made, f"jars_{name}")
        assert "disco_jar postgresql-42.7.4.jar '' https://repo1.maven.org/maven2/" in text
        assert f'ln -sfn /opt/disco/jars/postgresql-42.7.4.jar "$DISCO_ROOT{folder}/postg' in text


def test_variables_are_those_of_the_script_of_daemons_and_of_jobs() -> None:
    made = scripts({f"{ENVIRONMENT_PREFIX}MY_PLACE": "a b; c"}, "spark", "dask")["worker"]
    assert "\nexport MY_PLACE='a b; c'\n" in made
    assert "disco_environment 'MY_PLACE=a b; c'" in made
    assert made.count('Environment="MY_PLACE=a b; c"') == 2  # the worker of each
    assert "\nspark.executorEnv.MY_PLACE a b; c\n" in made


def test_yarn_hands_variables_on() -> None:
    made = scripts({f"{ENVIRONMENT_PREFIX}MY_PLACE": "x"}, "spark", "hadoop")["worker"]
    assert re.search(r"env-whitelist</name><value>[^<]*,TZ,MY_PLACE</value>", made)
    assert "\nspark.yarn.appMasterEnv.MY_PLACE x\n" in made


def test_a_script_arrives_as_it_was_written() -> None:
    text = (
        "#!/bin/bash\n# a comment\n\n  echo \"$HOME\" 'DISCO' ${DISCO_ROLE} <<X\n}\nX\n"
        + "x=1\n" * 9000
    )
    made = scripts({BOOTSTRAP: sent(text)}, "dask")["worker"]
    place = '/dev/stdin "$DISCO_ROOT/var/lib/disco/bootstrap" <<'
    opened, _, rest = made.partition(place)[2].partition("\n")
    assert rest.partition(f"{opened[1:-1]}\ndisco_bootstrap ")[0] == text


def test_a_script_that_comes_from_elsewhere_is_fetched_with_its_digest() -> None:
    digest = "ab" * 64
    made = scripts({BOOTSTRAP: f"https://example.org/s.sh#sha512={digest}"}, "dask")
    text = body(made["master"], "bootstrap")
    assert f"fetch /var/lib/disco/bootstrap {digest} https://example.org/s.sh" in text


def test_a_script_that_user_data_have_no_room_for_is_refused_by_its_name() -> None:
    noise = base64.b64encode(random.Random(1).randbytes(30_000)).decode()
    with pytest.raises(InvalidRequest) as caught:
        scripts({BOOTSTRAP: sent(f"# {noise}\n")}, "dask", "jupyter", "spark", wait=False)
    fault = caught.value.faults[0]
    assert (fault.attribute, fault.code) == (BOOTSTRAP, "user-data-too-large")
    assert f"{len(noise) + 3} of the bootstrap script" in fault.message
    assert "#sha512" in str(fault.allowed)
