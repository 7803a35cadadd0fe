"""What nodes of Kafka and Flink are told, by their number and by what the user asked for."""

import re
import subprocess

import pytest
import yaml

from disco.heat.template.jinja_environment import Templates
from disco.heat.template.template_context import Contexts
from disco.spec import Flavor
from tests.support.specs import ID, SHIPPED, draft

SMALL = Flavor("2", "m1.small", 2048, 1, 20)
MEDIUM = Flavor("3", "m1.medium", 4096, 2, 40)


def told(component, template, role="worker", given=None, **kwargs):
    """A template as nodes of a role get it; ``given`` is the family ``conf.*``."""
    plan, spec = draft({"kafka": "", "flink": ""}, **({"flavor": MEDIUM} | kwargs))
    family = {"kafka": "conf.server", "flink": "conf.config"}[component]
    spec.properties[component][family] = given or {}
    context = Contexts(plan, spec).component(component, role)
    return Templates(SHIPPED, ID).file(component, template, context)


def lines(text):
    pairs = [line.split("=", 1) for line in text.splitlines()]
    found = dict(pairs)
    assert len(found) == len(pairs)
    return found


@pytest.mark.parametrize(("workers", "count"), [(1, 1), (2, 3), (3, 3), (50, 3)])
def test_the_first_nodes_are_the_controllers(workers, count):
    found = lines(told("kafka", "broker.properties.j2", workers=workers))
    servers = found["controller.quorum.bootstrap.servers"].split(",")
    assert servers == [f"192.168.16.{10 + i}:9093" for i in range(count)]


@pytest.mark.parametrize(
    ("workers", "copies", "safe"), [(1, 1, 1), (2, 2, 1), (3, 3, 2), (9, 3, 2)]
)
def test_as_many_copies_as_there_can_be(workers, copies, safe):
    found = lines(told("kafka", "broker.properties.j2", workers=workers))
    assert {v for k, v in found.items() if k.endswith("replication.factor")} == {str(copies)}
    minima = {v for k, v in found.items() if k.endswith((".min.isr", ".insync.replicas"))}
    assert minima == {str(safe)}


def test_a_node_has_two_ids_of_kafka_that_differ():
    broker = lines(told("kafka", "broker.properties.j2"))
    controller = lines(told("kafka", "controller.properties.j2"))
    assert broker["node.id"] == "${DISCO_INDEX}"
    assert controller["node.id"] == "1000${DISCO_INDEX}"
    assert broker["advertised.listeners"] == "PLAINTEXT://${DISCO_ADDRESS}:9092"
    assert broker["log.dirs"] != controller["log.dirs"]
    # brokers that are told so refuse to start
    assert "controller.quorum.auto.join.enable" not in broker


def test_what_the_user_sets_wins_but_for_what_holds_kafka_together():
    given = {
        "num.partitions": "7",
        "log.cleanup.policy": "a:b=c",
        "node.id": "4",
        "listeners": "PLAINTEXT://:1",
        "controller.quorum.voters": "1@a:1",
    }
    found = lines(told("kafka", "broker.properties.j2", given=given))
    assert found["num.partitions"] == "7"
    assert found["log.cleanup.policy"] == r"a\:b\=c"
    assert found["node.id"] == "${DISCO_INDEX}"
    assert found["listeners"].endswith(":9092")
    assert "controller.quorum.voters" not in found


def test_flinks_memory_is_its_share():
    alone = yaml.safe_load(told("flink", "config.yaml.j2"))
    assert alone["taskmanager.memory.process.size"] == "1536m"
    assert alone["taskmanager.numberOfTaskSlots"] == "2"
    assert alone["taskmanager.resource-id"] == "${DISCO_NAME}"
    assert alone["rest.address"] == "192.168.16.10"
    master = yaml.safe_load(told("flink", "config.yaml.j2", "master"))
    assert int(master["jobmanager.memory.process.size"].rstrip("m")) >= 704


def test_a_small_task_manager_keeps_something_for_tasks():
    plan, spec = draft({"flink": ""}, flavor=SMALL)
    context = Contexts(plan, spec).component("flink", "worker")
    found = yaml.safe_load(Templates(SHIPPED, ID).file("flink", "config.yaml.j2", context))
    assert found["taskmanager.memory.process.size"] == "1024m"
    assert found["taskmanager.memory.jvm-metaspace.size"] == "192m"


def test_what_the_user_sets_wins_but_for_flinks_addresses():
    given = {
        "taskmanager.numberOfTaskSlots": "5",
        "pipeline.name": 'a "b": c',
        "rest.port": "80",
        "rest.bind-address": "0.0.0.0",
        "env.java.opts.taskmanager": "-Da='b c' -De=$(false)",
    }
    found = yaml.safe_load(told("flink", "config.yaml.j2", given=given))
    assert found["taskmanager.numberOfTaskSlots"] == "5"
    assert found["pipeline.name"] == 'a "b": c'
    assert found["rest.port"] == "8081"
    assert "rest.bind-address" not in found
    assert "DISCO_WORKERS * 5" in told("flink", "smoke.sh.j2", "master", given)
    script = told("flink", "flink.sh.j2", given=given)
    assert """given '-Da='"'"'b c'"'"' -De=$(false)'\n""" in script


@pytest.mark.parametrize("role", ["master", "worker"])
def test_with_hadoop_flink_s_files_are_in_hdfs(role):
    plan, spec = draft({"flink": "", "hadoop": ""})
    context, templates = Contexts(plan, spec).component("flink", role), Templates(SHIPPED, ID)
    found = yaml.safe_load(templates.file("flink", "config.yaml.j2", context))
    assert found["fs.default-scheme"] == "hdfs://disco-manager:8020"
    assert found["execution.checkpointing.dir"] == "hdfs://disco-manager:8020/flink/checkpoints"
    script = templates.file("flink", "flink.sh.j2", context)
    assert 'behind+=":/opt/disco/hadoop/share/hadoop/$folder/*"' in script
    steps = [str(step) for step in plan.steps]
    assert steps.index("hadoop:installed") < steps.index("flink:installed")
    alone = told("flink", "config.yaml.j2", role) + told("flink", "flink.sh.j2", role)
    assert "hdfs" not in alone
    assert "hadoop" not in alone


def test_the_sql_client_s_own_classes_come_before_hadoop_s(tmp_path):
    """Hadoop has an older jline than Flink's client wants."""
    plan, spec = draft({"flink": "", "hadoop": ""})
    context, templates = Contexts(plan, spec).component("flink", "master"), Templates(SHIPPED, ID)
    java = tmp_path / "java"
    java.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    java.chmod(0o755)
    text = templates.file("flink", "flink.sh.j2", context)
    script = tmp_path / "sql-client.sh"
    script.write_text(re.sub(r"/opt/disco/java-\d+/bin/java", str(java), text))
    done = subprocess.run(
        ["bash", script, "-e", "select 1"], capture_output=True, text=True, check=True, timeout=20
    )
    words = done.stdout.splitlines()
    folders = [path for path in words[words.index("-cp") + 1].split(":") if path.endswith("*")]
    assert [folder.split("/")[-2] for folder in folders[:2]] == ["lib", "opt"]
    assert len(folders) == 6
    assert all("/share/hadoop/" in folder for folder in folders[2:])
    assert words[-3:] == ["org.apache.flink.table.client.SqlClient", "-e", "select 1"]


@pytest.mark.parametrize(
    ("said", "status", "expected"),
    [
        ("| 6 |", 0, 0),
        ("| [ERROR] is a word of a row |", 0, 0),
        ("[ERROR] Could not execute SQL statement. Reason:", 0, 1),
        ("\x1b[31;1m[ERROR] Could not execute SQL statement. Reason:", 0, 1),
        ("| 6 |", 3, 3),
    ],
)
def test_statements_that_fail_fail_their_job(tmp_path, said, status, expected):
    """Flink's client ends with 0 whatever became of them."""
    (command,) = (job.command for job in SHIPPED["flink"].jobs if ".sql" in job.files)
    (tmp_path / "work").mkdir()
    client = tmp_path / "sql-client.sh"
    client.write_text(f"#!/bin/sh\ncat <<'X'\n{said}\nX\nexit {status}\n")
    client.chmod(0o755)
    with (tmp_path / "stdout").open("wb") as out:
        done = subprocess.run(
            ["bash", "-c", f"options=()\n{command}", "job", "a.sql"],
            cwd=tmp_path / "work", env={"PATH": f"{tmp_path}:/usr/bin:/bin", "DISCO_JOB": "a"},
            stdout=out, check=False, timeout=20,
        )  # fmt: skip
    assert done.returncode == expected
