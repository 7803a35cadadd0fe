"""Where a request's CPU goes: the application in this process, with Python's own profiler.

A profile makes calls dearer than they are, so only its shares are told. The server in front of
the application, gunicorn's worker with its threads, is not in it.
"""

from __future__ import annotations

import cProfile
import pstats
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from falcon.testing import create_environ

from benchmarks.lists import with_clusters
from benchmarks.measure import Row
from benchmarks.service import stub
from benchmarks.verbs import UNLIMITED, Recorded, Verb, record_once, verbs
from disco.api.app import create_app
from disco.config import load_settings

#: which verbs, and how often each is asked
VERBS = {
    "GET /-/": 300, "list": 60, "show": 40, "create": 15, "preview": 15, "scale": 15, "delete": 40,
}  # fmt: skip
#: clusters of a long list, and in how many applications it is the first
LONG, FIRST = 1000, 5
#: how many functions of Python's library may call one another
ROUNDS = 12
#: whose code it is, by a part of a file's path; the first that is found counts
OWNERS = (
    ("the stack written", ("/disco/heat/template/", "/jinja2/", "/data/frameworks/",
                           "/argon2/", "<template>")),
    ("the request resolved", ("/disco/components/",)),
    ("the cloud asked", ("/heatclient/", "/keystoneauth1/", "/requests/", "/urllib3/",
                         "/http/client.py", "/socket.py", "/email/", "/disco/openstack/")),
    ("JSON", ("/json/", "/disco/occi/render_json.py", "/disco/occi/json_text.py")),
    ("Heat's answers checked", ("/disco/heat/", "/disco/untrusted.py", "/disco/attributes.py")),
    ("a cluster made of them", ("/disco/clusters/", "/disco/status/")),
    ("OCCI", ("/disco/occi/",)),
    ("the request: audit, limits, metrics", ("/disco/api/", "/disco/", "/prometheus_client/")),
    ("Falcon", ("/falcon/",)),
)  # fmt: skip


def measure(folder: Path) -> Iterator[Row]:
    """The shares of each verb, and of long lists."""
    recorded = record_once()
    short, long = folder / "tape.json", folder / "long.json"
    recorded.tape.save(short)
    with_clusters(recorded.tape, LONG).save(long)
    asked = {verb.name: verb for verb in verbs()}
    for name, times in VERBS.items():
        yield _profiled(folder, short, name, asked[name], recorded, times)
    with stub(long, 0) as port:
        url, what = f"http://127.0.0.1:{port}/v3", f"list of {LONG:,}"
        firsts = []
        for _ in range(2 * FIRST):
            ask = _asker(folder, url, recorded)
            ask(asked["choices"])  # who asks is known, and where the cloud is
            firsts.append(partial(ask, asked["list"]))
        yield _shared(f"{what}, the first of a process", firsts[:FIRST], firsts[FIRST:])
        yield _shared(f"{what}, asked for again", firsts[:FIRST], firsts[:FIRST])


def _profiled(
    folder: Path, tape: Path, name: str, verb: Verb, recorded: Recorded, times: int
) -> Row:
    with stub(tape, 0) as port:
        ask = _asker(folder, f"http://127.0.0.1:{port}/v3", recorded)
        ask(verb)
        asked = [partial(ask, verb)] * times
        return _shared(name, asked, asked)


Step = Callable[[], None]
#: a file, a line and a name
Function = tuple[str, int, str]


def _shared(name: str, timed: Sequence[Step], profiled: Sequence[Step]) -> Row:
    """What steps take, and the shares of others that do the same."""
    began = time.process_time()
    for ask in timed:
        ask()
    took = time.process_time() - began
    # a call of C is its caller's; what is asked side by side has threads of its own
    profile = cProfile.Profile(time.thread_time, builtins=False)
    profile.enable()
    for ask in profiled:
        ask()
    profile.disable()
    return Row(
        f"{name}: the application without its server",
        took / len(timed) * 1e3,
        "ms CPU",
        more=shares(profile),
    )


def shares(profile: cProfile.Profile) -> dict[str, str]:
    """The shares of a profile's time, by whose code it is, the largest first.

    What is nobody's, as Python's own library, is theirs who call it, by the time that it takes
    for each.
    """
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    owned: dict[Function, Mapping[str, float]] = {one: {_owner(one[0]): 1.0} for one in stats}
    lent = [one for one in stats if not _owner(one[0])]
    for _ in range(ROUNDS):
        for function in lent:
            owned[function] = _of_callers(stats[function][4], owned)
    spent: defaultdict[str, float] = defaultdict(float)
    for function, (_, _, own, _, _) in stats.items():
        for who, share in owned[function].items():
            spent[who or "the rest"] += own * share
    whole = sum(spent.values())
    ordered = sorted(spent.items(), key=lambda item: -item[1])
    return {who: f"{own / whole:.0%}" for who, own in ordered if own > whole / 200}


def _owner(file: str) -> str:
    return next((who for who, parts in OWNERS if any(part in file for part in parts)), "")


def _of_callers(
    callers: Mapping[Function, tuple[int, int, float, float]],
    owned: Mapping[Function, Mapping[str, float]],
) -> dict[str, float]:
    """Whose a function's time is: its callers', as much of it as each has."""
    whole = sum(own for _, _, own, _ in callers.values())
    if not whole:
        return {"": 1.0}
    found: defaultdict[str, float] = defaultdict(float)
    for caller, (_, _, own, _) in callers.items():
        for who, share in owned[caller].items():
            found[who] += own / whole * share
    return dict(found)


def _asker(folder: Path, auth_url: str, recorded: Recorded) -> Callable[[Verb], None]:
    """Asks an application of its own."""
    config = folder / "profiled.cfg"
    lines = {"waitcondition": "False", "metrics": "off", **UNLIMITED}
    text = "".join(f"{key} = {value}\n" for key, value in lines.items())
    config.write_text(f"[service_manager]\ndesign_uri = {auth_url}\n[disco]\n{text}")
    app = create_app(load_settings(config))

    def ask(verb: Verb) -> None:
        path, _, query = verb.path.replace("*", recorded.cluster).partition("?")
        headers = {**recorded.headers, **verb.headers}
        said: list[str] = []
        environ = create_environ(path, query_string=query, method=verb.method, headers=headers)

        def start(status: str, *_: object) -> Callable[[bytes], object]:
            said.append(status)
            return lambda _: None  # of PEP 3333; nobody calls it

        answer = app(environ, start)
        assert b"".join(answer), verb
        assert said[0][0] == "2", (verb, said)

    return ask
