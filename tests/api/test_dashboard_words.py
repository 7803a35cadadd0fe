"""What the dashboard's modules make of times, scripts and lines, run without a browser."""

from __future__ import annotations

import base64
import gzip
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from disco.data_files import data_dir

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(not NODE, reason="node is not installed")

#: what a browser has, and node has not; a module's timer would keep the process
BEFORE = """
import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";
globalThis.self = globalThis;
globalThis.location = { href: "http://127.0.0.1/dashboard/" };
globalThis.sessionStorage = { getItem: () => null };
for (const name of ["htm", "preact", "hooks", "signals-core", "signals"]) {
  runInThisContext(readFileSync(`vendor/${name}.js`, "utf8"));
}
const given = JSON.parse(readFileSync(0, "utf8"));
const tell = (result) => process.stdout.write(JSON.stringify(result), () => process.exit(0));
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dashboard's files, as modules of node."""
    copied = tmp_path_factory.mktemp("modules") / "dashboard"
    shutil.copytree(data_dir() / "dashboard", copied)
    (copied / "package.json").write_text('{"type": "module"}')
    return copied


def run(folder: Path, script: str, given: object) -> Any:
    """What a script tells of what it is given."""
    (folder / "asked.mjs").write_text(BEFORE + script)
    done = subprocess.run(
        [str(NODE), "asked.mjs"], cwd=folder, input=json.dumps(given), text=True,
        capture_output=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_a_moment_is_told_by_its_nearest_words(folder: Path) -> None:
    words = {
        0: "less than a minute ago", -59: "less than a minute ago", -61: "1 min ago",
        20: "in less than a minute", 119 * 60: "in 1 h 59 min", 119 * 60 + 50: "in 2 h",
        3600: "in 1 h", -3600: "1 h ago", -90 * 60: "1 h 30 min ago", 125 * 60: "in 2 h",
        23 * 3600 + 3000: "in 1 d", 27 * 3600: "in 1 d 3 h", 3 * 86400 - 5: "in 3 d",
        -9 * 86400: "9 d ago",
    }  # fmt: skip
    script = """
    const { away } = await import("./times.js");
    tell(given.map((seconds) => away(1e12 + seconds * 1000, 1e12)));
    """
    assert dict(zip(words, run(folder, script, list(words)), strict=True)) == words


def test_nothing_is_good_but_what_its_nodes_say_works(folder: Path) -> None:
    complete = {"stack_status": "CREATE_COMPLETE", "disco.phase": "complete"}
    failed = {"status": "failed", "node": "n", "step": "dask:smoke", "reason": "no"}
    asked = [
        [complete, None], [complete, {}], [complete, {"status": "unknown"}],
        [complete, {"status": "unhealthy", "reason": "n: x does not run"}],
        [complete, {"status": "healthy"}],
        [complete, {"status": "healthy", "check": failed}],
        [{**complete, "disco.phase": "failed", "disco.check": "failed"}, {"status": "healthy"}],
        [{"stack_status": "CREATE_COMPLETE"}, None],  # of an older service
        [{"stack_status": "SUSPEND_COMPLETE", "disco.phase": "suspended"}, {"status": "healthy"}],
    ]  # fmt: skip
    told = run(folder, """
    const { inLightOf, stateOf } = await import("./words.js");
    tell(given.map(([attributes, health]) => inLightOf(stateOf(attributes), health))
      .map(({ mood, words, why }) => [mood, words, why]));
    """, asked)  # fmt: skip
    assert told == [
        ["none", "complete", ""], ["none", "complete", ""],
        ["none", "complete, health unknown", ""], ["bad", "not healthy", "n: x does not run"],
        ["good", "works", ""], ["bad", "check failed", "n: dask:smoke: no"],
        ["bad", "check failed", "Heat gave no reason"], ["none", "complete", ""],
        ["still", "suspended", ""],
    ]  # fmt: skip


def test_a_script_is_read_as_it_was_written(folder: Path) -> None:
    script = "#!/bin/bash\necho grüezi"
    plain = base64.b64encode(f"{script}\n".encode()).decode()
    zipped = base64.b64encode(gzip.compress(f"{script}\n".encode())).decode()
    large = base64.b64encode(gzip.compress(bytes(50_000_000))).decode()
    address = "https://example.org/setup.sh#sha512=0"
    asked = {plain: script, zipped: script, address: address, "?": "", zipped[:40]: "", large: ""}
    told = run(folder, """
    const { scriptIn } = await import("./clone.js");
    tell(await Promise.all(given.map(scriptIn)));
    """, list(asked))  # fmt: skip
    assert told == list(asked.values())


def test_a_clone_sends_a_script_as_it_was_until_it_is_changed(folder: Path) -> None:
    told = run(folder, """
    const { Draft } = await import("./draft.js");
    const { BOOTSTRAP } = await import("./words.js");
    const disco = { properties: [{ name: "bootstrap" }] };
    const base = ["packages", "heat"].map((term) => ({ term, disco }));
    const choices = { images: [], flavors: [], external_networks: [] };
    const draft = new Draft({ base, frameworks: [] }, choices);
    draft.fillFrom({ frameworks: {}, attributes: { [BOOTSTRAP]: "H4sI" } }, "echo 1");
    tell(["echo 1", "echo 2", ""].map((text) => {
      draft.keep(BOOTSTRAP, text);
      return draft.attributes.value[BOOTSTRAP] || null;
    }));
    """, None)  # fmt: skip
    assert told == ["H4sI", base64.b64encode(b"echo 2\n").decode(), None]


SECRET_KEY = "icclab.disco.components.objectstore.secretkey"
PREFIX = "icclab.disco.components."


def test_a_secret_is_in_no_command_whatever_it_is_called(folder: Path) -> None:
    told = run(folder, """
    const { clusterFile, command, curl } = await import("./equivalent.js");
    const { declareSecret, isSecret } = await import("./words.js");
    const { offer } = await import("./api.js");
    const disco = { properties: [{ name: "pin", type: "secret" }] };
    const kinds = [{ parent: "x", scheme: "x", term: "x", location: "/x/", actions: [] }];
    const said = { kinds, mixins: [{ term: "own", disco }] };
    globalThis.fetch = async () => ({ ok: true, headers: new Map(), json: async () => said });
    await offer();
    tell([command(given), curl(given, { type: "x", location: "x" }), clusterFile(given)]);
    """, {SECRET_KEY: "s3cret/one", f"{PREFIX}own.pin": "s3cret/two"})  # fmt: skip
    assert [text for text in told if "s3cret" in text] == []
    assert '-p objectstore.secretkey="$OBJECTSTORE_SECRETKEY"' in told[0]
    assert "# a secret is in a file of its own: --secret objectstore.secretkey=FILE" in told[2]


def test_no_text_of_another_member_ends_a_line_where_it_is_pasted(folder: Path) -> None:
    pasted = "a\x1b[201~\nreboot\u009b\u202e"
    told = run(folder, """
    const { clusterFile, command, curl } = await import("./equivalent.js");
    tell([command(given), curl(given, { type: "x", location: "x" }), clusterFile(given)]);
    """, {f"{PREFIX}a.b": pasted, f"{PREFIX}c\nreboot.d": "x", "e\nreboot": pasted})  # fmt: skip
    for text in told:
        assert [line for line in text.splitlines() if line.startswith("reboot")] == []
        assert not {"\x1b", "\u009b", "\u202e"} & set(text)
    assert "-p 'a.b=a?[201~?reboot??'" in told[0]


def test_a_clone_asks_for_what_the_form_shows_and_nothing_more(folder: Path) -> None:
    other = {
        f"{PREFIX}a.b": f"x\n{PREFIX}packages.bootstrap=https://example.org/x",
        f"{PREFIX}c\n{PREFIX}d": "x",
        f"{PREFIX}constructor.e": "x",
        "occi.core.title": "mine\nx=y",
    }
    told = run(folder, """
    const { Draft } = await import("./draft.js");
    const { clusterFile } = await import("./equivalent.js");
    const { requestOf } = await import("./clone.js");
    const choices = { images: [], flavors: [], external_networks: [] };
    const draft = new Draft({ base: [], frameworks: [] }, choices);
    draft.fillFrom(requestOf({ id: "12345678", attributes: given }));
    tell([draft.ownFaults(), draft.attributes.value, clusterFile(draft.attributes.value)]);
    """, other)  # fmt: skip
    faults, asked, file = told
    assert faults == []
    assert {name for name in asked if name.startswith(PREFIX) and ".heat." not in name} == {
        f"{PREFIX}a.b", f"{PREFIX}constructor.e",
    }  # fmt: skip
    assert asked["occi.core.title"] == "mine x=y copy"
    assert "  constructor:\n    e: x" in file


@pytest.mark.parametrize("word", ["constructor", "toString", "__proto__"])
def test_words_that_objects_have_anyway_are_no_states(folder: Path, word: str) -> None:
    told = run(folder, """
    const { stateOf } = await import("./words.js");
    const { nodesOf } = await import("./steps.js");
    const event = { source: "node", node: "m", step: "x", status: given };
    const cluster = { status: "CREATE_IN_PROGRESS", attributes: { "disco.phase": given } };
    const [node] = nodesOf(cluster, [{ name: "m" }], [event]);
    tell([stateOf(cluster.attributes), node.steps[0].mood]);
    """, word)  # fmt: skip
    assert told == [{"mood": "none", "words": word, "why": ""}, "busy"]


def test_a_draft_is_kept_without_what_may_be_secret(folder: Path) -> None:
    secret = "hunter2-hunter2"
    told = run(folder, """
    const { Draft } = await import("./draft.js");
    const { HEAT, PREFIX } = await import("./words.js");
    const of = (name, type = "str") => ({ name, type, values: [], description: "" });
    const heat = { properties: [of("httpproxy"), of("mastername")] };
    const own = [of("password", "secret"), of("apikey", "secret"), of("mode")];
    const lab = { brings: [], versions: ["2", "1"], properties: own };
    const frameworks = [{ term: "lab", disco: lab }];
    const offered = { base: [{ term: "heat", disco: heat }], frameworks };
    const choices = { images: [], flavors: [], external_networks: [] };
    const draft = new Draft(offered, choices);
    const isCutAtFirst = draft.kept.value.isCut;
    draft.tick("lab", true);
    draft.versions.value = { lab: "1" };
    draft.keep(`${PREFIX}lab.password`, given);
    draft.keep(`${PREFIX}lab.apikey`, given);
    draft.keep(`${PREFIX}lab.mode`, "fast");
    draft.keep(`${HEAT}httpproxy`, `http://me:${given}@proxy:3128`);
    draft.keep(`${HEAT}mastername`, "boss");
    draft.variables.value = `A=${given}`;
    draft.further.value = `b.c=${given}`;
    const kept = JSON.parse(JSON.stringify(draft.kept.value));
    const again = new Draft(offered, choices);
    const planted = { ...kept.values, [`${PREFIX}lab.password`]: "planted" };
    again.restore({ ...kept, values: planted, chosen: ["lab", "gone"] });
    tell({ isCutAtFirst, kept, text: JSON.stringify(kept), asked: again.attributes.value });
    """, secret)  # fmt: skip
    assert (told["isCutAtFirst"], told["kept"]["isCut"]) == (False, True)
    assert secret not in told["text"]
    prefix = "icclab.disco.components."
    asked = told["asked"]
    assert asked[f"{prefix}heat.mastername"] == "boss"
    assert asked[f"{prefix}lab.mode"] == "fast"
    assert asked["icclab.disco.dependencies.inject"] == '{"lab":"1"}'
    assert not {f"{prefix}lab.password", f"{prefix}heat.httpproxy"} & set(asked)


def test_properties_are_called_by_words(folder: Path) -> None:
    told = run(folder, """
    const { titleOf } = await import("./words.js");
    tell(given.map(titleOf));
    """, [{"name": "drain_timeout"}, {"name": "x", "title": "Where executors run"},
          {"name": "bootstrap.when", "title": ""}])  # fmt: skip
    assert told == ["Drain timeout", "Where executors run", "Bootstrap when"]
