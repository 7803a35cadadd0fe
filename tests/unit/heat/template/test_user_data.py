import random
import re
import shutil
import subprocess

import pytest

from disco.errors import ComponentError, InvalidRequest
from disco.heat.template.bare_script import bare
from disco.heat.template.image_script import bake_script, script
from disco.heat.template.jinja_environment import Templates, shell_word
from disco.heat.template.user_data import here_document
from disco.spec import Flavor
from tests.support.specs import HUGE, SHIPPED, framework, rendered, unpacked, with_base

PLANS = [{}, *({name: ""} for name in SHIPPED.frameworks), dict.fromkeys(SHIPPED.frameworks, "")]


def syntax(text):
    subprocess.run(["bash", "-n"], input=text, text=True, check=True, capture_output=True)


def shellcheck(text):
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    done = subprocess.run(
        ["shellcheck", "-S", "error", "-s", "bash", "-"],
        input=text,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("injected", PLANS, ids=lambda p: "+".join(p) or "base")
def test_scripts_are_bash(injected):
    for text in rendered(injected, flavor=HUGE).user_data.values():
        assert text.startswith("#!/bin/bash\n")
        syntax(text)
        syntax(unpacked(text))


@pytest.mark.parametrize("role", ["master", "worker"])
def test_shellcheck_finds_no_error_with_all_frameworks(role):
    everything = dict.fromkeys(SHIPPED.frameworks, "")
    text = rendered(everything, flavor=HUGE).user_data[role]
    shellcheck(text)
    shellcheck(unpacked(text))


def tool(tmp_path, more, role="master", injected=None, **files):
    framework(tmp_path, "tool", more, **files)
    stack = rendered({"tool": ""} | (injected or {}), catalogue=with_base(tmp_path))
    return stack.user_data[role]


def run(text, facts="DISCO_ADDRESS=10.0.0.1\n"):
    """Run a script with functions in the library's place that write down their arguments."""
    stubs = r"""
for f in disco_step disco_install disco_file disco_unit disco_start disco_probe disco_base_setup \
  disco_smoke; do
  eval "$f() { printf '%s' \"$f\"; printf ' <%s>' \"\$@\"; echo;
    case $f in disco_file|disco_unit) cat;; disco_step) \"\$2\";; disco_install) \"\$3\";; esac; }"
done
"""
    library = SHIPPED["shell"].templates["library.sh"]
    steps = max(unpacked(text).partition(each)[2] for each in (library, bare(library)))
    calls = steps.partition("trap disco_on_exit EXIT\nDISCO_STEP=shell:end")[0]
    assert calls
    done = subprocess.run(
        ["bash", "-c", stubs + facts + calls], text=True, capture_output=True, check=True
    )
    return done.stdout


ROLE = """\
roles:
  master:
    install: install.sh.j2
    files: [{template: a.conf.j2, path: /etc/tool/a.conf, mode: "0640", owner: "disco:disco"}]
    configure: configure.sh.j2
    daemons:
      - name: server
        exec: >-
          {{ component.home }}/bin/server --host {{ node.address }}
          --memory {{ memory.ram_mb }}
        environment: {WORDS: 'a "b" 100%'}
        ready: {http: "http://{{ node.address }}:1/it's", expect: "^ok$", timeout: 7}
    ready: [{command: "true"}]
smoke: {script: smoke.sh.j2, timeout: 9}
"""
FILES = {
    "install.sh": "echo installing {{ component.version }}\n",
    "a.conf": "address=${DISCO_ADDRESS} cost=$5 `x` {{ master.name }}\nEOF\nno newline at the end",
    "configure.sh": "echo configuring",
    "smoke.sh": "echo {{ cluster.workers }}\n",
}


def test_steps_call_the_library_in_plan_order(tmp_path):
    text = tool(tmp_path, ROLE, **FILES)
    syntax(text)
    out = run(text)
    lines = [line for line in out.splitlines() if line.startswith("disco_")]
    assert [line.split(" ")[0] for line in lines] == [
        "disco_step",
        "disco_base_setup",
        "disco_step",
        "disco_install",
        "disco_step",
        "disco_file",
        "disco_unit",
        "disco_step",
        "disco_start",
        "disco_probe",
        "disco_probe",
    ]
    assert "<tool:installed>" in out
    assert "disco_install <tool> <1.0>" in out
    assert "installing 1.0" in out
    assert "disco_file </etc/tool/a.conf> <0640> <disco:disco>" in out
    assert FILES["a.conf"].replace("{{ master.name }}", "disco-manager") in out
    assert "disco_start <disco-tool-server>" in out
    assert "<7> <http> <http://10.0.0.1:1/it's> <^ok$>" in out
    assert out.index("configuring") < out.index("disco_unit")
    assert "disco_smoke tool smoke_tool 9" in unpacked(text)


def test_a_daemon_becomes_a_unit(tmp_path):
    out = run(tool(tmp_path, ROLE, **FILES))
    assert "disco_unit <disco-tool-server>" in out
    start = re.search(r"^ExecStart=(.*)$", out, re.M)
    assert start
    assert start[1] == "/opt/disco/tool/bin/server --host ${DISCO_ADDRESS} --memory 6144"
    assert 'Environment="WORDS=a \\"b\\" 100%%"' in out


def test_workers_do_only_their_own(tmp_path):
    text = tool(tmp_path, ROLE, role="worker", **FILES)
    assert "tool" not in text.partition("disco_step shell:start")[2].partition("trap")[0]
    assert "smoke_tool" not in text


def test_a_large_script_is_packed_and_does_the_same(tmp_path):
    filler = "".join(f": line {i} of many that are much alike\n" for i in range(2000))
    files = FILES | {"install.sh": filler + "echo installed\n"}
    text = tool(tmp_path, ROLE, **files)
    assert len(text) < 45 * 1024
    assert "@@SIGNAL@@" in text
    syntax(text)
    head, _, body = text.partition("disco_body=$(mktemp)\n")
    assert "DISCO_ADDRESS=" in head
    unpacked = subprocess.run(
        [
            "bash",
            "-c",
            "disco_body=$(mktemp)\n" + body.replace('. "$disco_body"', 'cat "$disco_body"'),
        ],
        text=True,
        capture_output=True,
        check=True,
    ).stdout
    assert "line 1999 of many" in unpacked
    assert "disco_smoke tool" in unpacked
    syntax(unpacked)


def test_what_nova_would_not_take_is_refused(tmp_path):
    noise = random.Random(1)
    text = "".join(f": {noise.getrandbits(256):x}\n" for _ in range(2500))
    framework(tmp_path, "tool", ROLE, **FILES | {"install.sh": text})
    with pytest.raises(InvalidRequest) as caught:  # nodes that do not reach Heat fetch nothing
        rendered({"tool": ""}, catalogue=with_base(tmp_path), wait=False)
    assert caught.value.faults[0].attribute == "icclab.disco.dependencies.inject"


def test_templates_see_what_the_documentation_promises(tmp_path):
    more = """\
properties:
  password: {type: secret, generate: 12}
  mode: {type: enum, values: [one, two], default: one}
  conf.*: {}
roles: {master: {install: install.sh.j2}, worker: {install: install.sh.j2}}
resources: {master: {weight: 1}, worker: {weight: 3}}
java: 17
"""
    names = """\
cluster {{ cluster.id }} {{ cluster.workers }} {{ cluster.mirror }} {{ cluster.timeout }}
frameworks {{ cluster.frameworks | join(' ') }} {{ cluster.allowed_cidr }}
node {{ node.name }} {{ node.address }} {{ node.index }} {{ node.role }}
master {{ master.name }} {{ master.address }}
worker {{ worker_name(3) }} {{ worker_address(3) }}
flavor {{ flavor.ram_mb }} {{ flavor.vcpus }} {{ flavor.disk_gb }}
memory {{ memory.ram_mb }} {{ memory.cores }} {{ worker_memory.ram_mb }}
properties {{ properties.mode }} {{ properties.conf }}
component {{ component.name }} {{ component.version }} {{ component.home }} {{ component.java }}
others {{ 'other' in others }} {{ 'spark' in others }} {{ others.other.home }}
secret {{ secret('password') | sha256 | length }} {{ secret('password') | argon2 }}
filters {{ "it's" | sh }} {{ '<&"' | xml }} {{ 'a: b' | yaml }} {{ [1] | json }}
java {{ 'a=b' | properties }}
"""
    framework(tmp_path, "other", "roles: {master: {}, worker: {}}\n")
    out = unpacked(tool(tmp_path, more, injected={"other": ""}, **{"install.sh": names}))
    for line in (
        "2 None 1800",
        "frameworks other tool None",
        "node ${DISCO_NAME} ${DISCO_ADDRESS} ${DISCO_INDEX} master",
        "master disco-manager 192.168.16.10",
        "worker disco-worker-3 192.168.16.13",
        "flavor 8192 4 80",
        "memory 3072 4 4608",
        "properties one {}",
        "component tool 1.0 /opt/disco/tool 17",
        "others True False /opt/disco/other",
        "secret 64 $argon2id$v=19$",
        """filters 'it'"'"'s' &lt;&amp;&quot; "a: b" [1]""",
        "java a\\=b",
    ):
        assert line in out
    assert "s3cr3t-value" not in out


def test_what_a_template_does_not_have_is_an_error_that_names_it(tmp_path):
    with pytest.raises(ComponentError, match=r"tool/install\.sh\.j2.*nothing"):
        tool(
            tmp_path,
            "roles: {master: {install: install.sh.j2}}",
            **{"install.sh": "{{ nothing }}"},
        )


@pytest.mark.parametrize(
    "text", ["", "it's", "$HOME `x`", "a ${DISCO_NAME}b", "${DISCO_NAME}", '"\\']
)
def test_a_shell_word_expands_facts_alone(text):
    done = subprocess.run(
        ["bash", "-c", f"DISCO_NAME='n 1'; printf %s {shell_word(text)}"],
        text=True,
        capture_output=True,
        check=True,
    )
    assert done.stdout == text.replace("${DISCO_NAME}", "n 1")


def test_hashes_differ_between_clusters_and_not_between_renderings():
    def digest(salt):
        return Templates(SHIPPED, salt).text("here", "{{ 'pw' | argon2 }}", {})

    assert digest("a") == digest("a") != digest("b")


def test_a_bake_script_installs_what_nodes_install(tmp_path):
    text = bake_script()
    syntax(text)
    shellcheck(text)
    for name in SHIPPED.frameworks:
        if any(r.install for r in SHIPPED[name].roles.values()):
            assert f"disco_install {name} {SHIPPED[name].versions[0]} " in text
    assert "disco_start" not in text
    framework(
        tmp_path,
        "tool",
        "roles: {master: {install: install.sh.j2}, worker: {install: install.sh.j2}}",
        **{"install.sh": "echo {{ component.version }}"},
    )
    baked = script(with_base(tmp_path), ["tool"])
    assert baked.count("echo 1.0") == 1


DAEMONS = """
properties: {mode: {default: one}}
roles:
  worker:
    daemons:
      - {name: quorum, exec: /bin/quorum, first: "{{ [cluster.workers, 3] | min }}"}
      - {name: other, exec: /bin/other, when: "mode == 'two' or 'dask' in frameworks"}
"""


def test_a_daemon_of_the_first_nodes_is_on_no_other(tmp_path):
    text = tool(tmp_path, DAEMONS, "worker")
    for index, there in (("1", True), ("2", False)):
        calls = run(text, f"DISCO_ADDRESS=10.0.0.1\nDISCO_INDEX={index}\n")
        assert ("disco_start <disco-tool-quorum>" in calls) is there


def test_a_daemon_whose_condition_does_not_hold_is_not_there(tmp_path):
    assert "disco-tool-other" not in unpacked(tool(tmp_path, DAEMONS, "worker"))


def test_a_condition_sees_what_else_the_cluster_carries(tmp_path):
    framework(tmp_path, "dask", "roles: {}")
    assert "disco-tool-other" in unpacked(tool(tmp_path, DAEMONS, "worker", {"dask": ""}))


def test_the_first_nodes_are_a_number(tmp_path):
    declared = "roles: {worker: {daemons: [{name: d, exec: /bin/d, first: some}]}}"
    with pytest.raises(ComponentError, match="first"):
        tool(tmp_path, declared)


SOFTWARE = """
artifacts:
  - file: "tool-{{ component.version }}.tgz"
    sources: ["https://one/tool/{{ component.version }}/", "https://two"]
    sha512: {"1.0": "%s"}
python: ["tool=={{ component.version }}", "x; python_version < '3'"]
roles: {master: {install: install.j2}}
""" % ("a" * 128)


def test_an_install_template_sees_what_to_install_from(tmp_path):
    install = "unpack /opt/x {{ artifacts[0].words }}\npip_venv /opt/y {{ python }}\n"
    text = unpacked(tool(tmp_path, SOFTWARE, install=install))
    archive = f"tool-1.0.tgz {'a' * 128} https://one/tool/1.0/tool-1.0.tgz https://two/tool-1.0.tgz"
    assert f"unpack /opt/x {archive}" in text
    assert re.search(r"pip_venv /opt/y tool==1.0 'x; python_version.*<", text)


def test_a_small_node_is_refused_before_anything_is_sent():
    tiny = Flavor("1", "m1.tiny", 512, 1, 5)
    with pytest.raises(InvalidRequest, match="masterflavor"):
        rendered(dict.fromkeys(SHIPPED.frameworks, ""), flavor=tiny)


@pytest.mark.parametrize(
    "text", ["a\nb", "DISCO_FILE\n", "x\nDISCO_FILE\nDISCO_FILE_\ny\n", "DISCO_FILE", ""]
)
def test_a_here_document_ends_where_its_text_does(text):
    script = f"cat {here_document(text)}echo after"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == text + ("" if text.endswith("\n") else "\n") + "after\n"
