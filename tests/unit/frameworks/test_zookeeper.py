"""Who is in ZooKeeper's quorum: all nodes must say the same, and what builds on it, too."""

import re
from xml.etree import ElementTree

import pytest
import yaml

from disco.heat.template.jinja_environment import Templates
from disco.heat.template.template_context import Contexts
from tests.support.shipped import CATALOGUE
from tests.support.specs import draft


def files(workers=3, role="worker", component="zookeeper", **properties):
    """The component's files by name, of a cluster with these properties of it."""
    plan, spec = draft({"zookeeper": "", "storm": ""}, workers=workers, catalogue=CATALOGUE)
    spec.properties[component].update(properties)
    context = Contexts(plan, spec).component(component, role)
    templates = Templates(CATALOGUE, spec.id)
    declared = CATALOGUE[component].roles[role]
    texts = {
        f.path.rpartition("/")[2]: templates.file(component, f.template, context)
        for f in declared.files
    }
    daemons = Contexts(plan, spec).daemons(CATALOGUE[component], role)
    texts |= {d.name: templates.text("first", d.first, context) for d in daemons if d.first}
    return texts


def servers(text):
    return re.findall(r"^server\.(\d+)=([\d.]+):2888:3888$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("asked", "workers", "size"),
    [
        ("3", 0, 1), ("3", 1, 1), ("3", 2, 3), ("3", 3, 3), ("3", 100, 3),
        ("5", 1, 1), ("5", 3, 3), ("5", 4, 5), ("5", 9, 5), ("1", 9, 1),
    ],
)  # fmt: skip
def test_the_quorum_is_odd_and_no_larger_than_the_cluster(asked, workers, size):
    found = files(workers, "master", servers=asked)
    assert found["server"] == str(size)
    listed = servers(found["zoo.cfg"])
    # a single server takes part in no election
    assert len(listed) == (size if size > 1 else 0)
    assert [number for number, _ in listed] == [str(i + 1) for i in range(len(listed))]
    assert len({address for _, address in listed}) == len(listed)
    quorum = re.findall(r"[\d.]+:2181", found["disco-zookeeper.sh"])
    assert len(quorum) == size
    if listed:
        assert quorum == [f"{address}:2181" for _, address in listed]


def test_master_and_workers_are_told_the_same():
    assert files(role="master")["zoo.cfg"] == files(role="worker")["zoo.cfg"]


def test_what_would_break_the_quorum_cannot_be_set():
    given = {"clientPort": "1", "server.1": "elsewhere:1:2", "tickTime": "500", "dataDir": "/tmp"}
    text = files(**{"conf.zoo": given})["zoo.cfg"]
    assert servers(text) == servers(files()["zoo.cfg"])
    assert "tickTime=500\n" in text
    assert text.count("tickTime") == 1
    assert "elsewhere" not in text
    assert re.findall("^(clientPort|dataDir)=(.*)$", text, re.MULTILINE) == [
        ("clientPort", "2181"),
        ("dataDir", "/var/lib/disco/zookeeper/data"),
    ]


@pytest.mark.parametrize("asked", ["1", "3", "5"])
def test_what_builds_on_it_finds_the_same_servers(asked):
    plan, spec = draft({"storm": "", "hbase": ""}, workers=6, catalogue=CATALOGUE)
    spec.properties["zookeeper"]["servers"] = asked
    templates = Templates(CATALOGUE, spec.id)
    contexts = Contexts(plan, spec)

    def text(name, template, role="worker"):
        return templates.file(name, template, contexts.component(name, role))

    quorum = re.findall(r"([\d.]+):2181", text("zookeeper", "profile.sh.j2"))
    assert len(quorum) == int(asked)
    for role in ("master", "worker"):
        storm = yaml.safe_load(text("storm", "storm.yaml.j2", role))
        assert storm["storm.zookeeper.servers"] == quorum
        hbase = ElementTree.fromstring(text("hbase", "hbase-site.xml.j2", role))
        settings = {p.findtext("name"): p.findtext("value") for p in hbase}
        assert settings["hbase.zookeeper.quorum"].split(",") == quorum


def test_hbase_takes_settings_but_not_other_folders():
    plan, spec = draft({"hbase": ""}, catalogue=CATALOGUE)
    given = {"hbase.rootdir": "file:///tmp", "hbase.client.note": "<a & b>"}
    spec.properties["hbase"]["conf.hbase-site"] = given
    context = Contexts(plan, spec).component("hbase", "worker")
    text = Templates(CATALOGUE, spec.id).file("hbase", "hbase-site.xml.j2", context)
    settings = {p.findtext("name"): p.findtext("value") for p in ElementTree.fromstring(text)}
    assert settings["hbase.rootdir"] == "hdfs://disco-manager:8020/hbase"
    assert settings["hbase.client.note"] == "<a & b>"
    assert text.count("hbase.rootdir") == 1


def test_storms_own_settings_keep_their_types():
    given = {
        "topology.workers": "3",
        "topology.debug": "true",
        "topology.stats.sample.rate": "0.5",
        "topology.classpath": 'a: "b"',
        "drpc.servers": '["one", "two"]',
        "executor.metrics.frequency.secs": "60",
        "supervisor.slots.ports": "[1]",
        "storm.zookeeper.servers": "[elsewhere]",
    }
    text = files(component="storm", **{"conf.storm": given})["storm.yaml"]
    found = yaml.safe_load(text)
    assert found["topology.workers"] == 3
    assert found["topology.debug"] is True
    assert found["topology.stats.sample.rate"] == 0.5
    assert found["topology.classpath"] == 'a: "b"'
    assert found["drpc.servers"] == ["one", "two"]
    assert found["executor.metrics.frequency.secs"] == 60
    assert found["supervisor.slots.ports"][0] == 6700
    assert "elsewhere" not in text
