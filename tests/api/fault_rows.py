"""The faults that a cluster's life is tested with, and what each must lead to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

UNWELL = {"refuse": 500, "message": "The scheduler is unwell."}
LOST = {"refuse": 503, "late": True, "message": "The answer got lost."}
DEAD = {"state": "ERROR", "message": "The host of this server is gone."}
FULL = {"refuse": 403, "message": "Maximum number of metadata items exceeds 2"}
STUCK = {"ignore": True}
#: too few for anything new
NOTHING = {"instances": 0, "cores": 0, "ram": 0, "port": 0}


@dataclass
class Row:
    """A fault, and what it must lead to.

    Attributes:
        step: what is asked of the cluster when it happens.
        fault: the kind of fault.
        injected: what is done, in words.
        nova: what goes wrong with servers, by action and role.
        quota: the project's quotas at that moment.
        nodes: what the nodes tell Heat: nothing, "wrong token", or a failure's words.
        ends: Heat's state at the end.
        says: what the cluster's attributes say then (regular expression).
    """

    step: str
    fault: str
    injected: str
    ends: str
    says: str
    nova: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    quota: Mapping[str, int] = field(default_factory=dict)
    nodes: str = ""
    short: bool = False
    minute: bool = False
    number: int = 0
    said: str = ""

    @property
    def prefix(self) -> str:
        return f"f{self.number}"


def rows() -> list[Row]:
    """The table, as it should be."""
    new = "a new server"
    found = [
        Row("create", "cloud error", f"Nova answers 500 for {new}", "CREATE_FAILED",
            "worker-1 heat:worker_1 .*scheduler is unwell", {"create worker-1": UNWELL}),
        Row("create", "time-out", "no node reports", "CREATE_FAILED",
            "shell:end .*0 of 1 received", short=True),
        Row("create", "lost signal", "the master's signal is refused", "CREATE_FAILED",
            "shell:end .*0 of 1 received", nodes="wrong token", short=True),
        Row("create", "node dead", f"{new} goes to ERROR", "CREATE_FAILED",
            "worker-1 heat:worker_1 .*host of this server is gone", {"create worker-1": DEAD}),
        Row("create", "quota reached", "another took the last instance", "CREATE_FAILED",
            "heat:(worker|master).*Quota exceeded for instances", quota={"instances": 1}),
        Row("scale out", "cloud error", f"Nova answers 500 for {new}", "UPDATE_FAILED",
            "worker-3 heat:worker_3 .*scheduler is unwell", {"create worker-3": UNWELL}),
        Row("scale out", "time-out", "the new workers report nothing", "UPDATE_FAILED",
            "worker-2, \\S*worker-3 .*0 of 2 received", short=True),
        Row("scale out", "lost signal", "a new worker's signal is refused", "UPDATE_FAILED",
            "worker-2, \\S*worker-3 .*0 of 2 received", nodes="wrong token", short=True),
        Row("scale out", "node dead", f"{new} goes to ERROR", "UPDATE_FAILED",
            "worker-3 heat:worker_3 .*host of this server is gone", {"create worker-3": DEAD}),
        Row("scale out", "quota reached", "another took the last instances", "UPDATE_FAILED",
            "heat:(worker|port)_[23] .*Quota exceeded", quota=NOTHING),
        Row("scale in", "cloud error", "Nova answers 500 when it is to delete the worker",
            "UPDATE_FAILED", "worker-1 heat:worker_1 .*scheduler is unwell",
            {"delete worker-1": UNWELL}, nodes="drained"),
        Row("scale in", "time-out", "the master does not say that the worker is empty",
            "UPDATE_FAILED", "master heat:drained_2 .*0 of 1 received", short=True),
        Row("scale in", "lost signal", "the master's signal is refused", "UPDATE_FAILED",
            "master heat:drained_2 .*0 of 1 received", nodes="wrong token", short=True),
        Row("scale in", "node dead", "the leaving worker cannot be emptied", "UPDATE_FAILED",
            "master dask:drained .*no answer from", nodes="dask:drained: no answer from worker-1"),
        Row("scale in", "quota reached", "the server's metadata has no room", "UPDATE_FAILED",
            "master heat:master .*number of metadata items", {"metadata master": FULL}),
    ]  # fmt: skip
    for step, nova in (("suspend", "SUSPEND"), ("resume", "RESUME")):
        found += [
            Row(step, "cloud error", "Nova answers 500", f"{nova}_FAILED",
                "worker-1 heat:worker_1 .*scheduler is unwell", {f"{step} worker-1": UNWELL}),
            Row(step, "time-out", "Nova does nothing", f"{nova}_FAILED",
                ".*[Tt]imed out", {f"{step} worker-1": STUCK}, minute=True),
            Row(step, "lost signal", "Nova's answer is lost", f"{nova}_FAILED",
                "worker-1 heat:worker_1 .*answer got lost", {f"{step} worker-1": LOST}),
            Row(step, "node dead", "the server goes to ERROR", f"{nova}_FAILED",
                "worker-1 heat:worker_1 .*", {f"{step} worker-1": DEAD}),
            Row(step, "quota reached", "another took all that was left", f"{nova}_COMPLETE",
                "", quota=NOTHING),
        ]  # fmt: skip
    found += [
        Row("delete", "cloud error", "Nova answers 500", "DELETE_FAILED",
            "worker-1 heat:worker_1 .*scheduler is unwell", {"delete worker-1": UNWELL}),
        Row("delete", "time-out", "Nova does nothing", "DELETE_FAILED",
            ".*[Tt]imed out", {"delete worker-1": STUCK}, minute=True),
        Row("delete", "lost signal", "Nova's answer is lost", "DELETE_FAILED",
            "worker-1 heat:worker_1 .*answer got lost", {"delete worker-1": LOST}),
        Row("delete", "node dead", "the server is in ERROR", "gone",
            "", {"suspend worker-1": DEAD}),
        Row("delete", "quota reached", "another took all that was left", "gone",
            "", quota=NOTHING),
    ]  # fmt: skip
    for number, row in enumerate(found, start=1):
        row.number = number
    return found


def in_words(says: str) -> str:
    """A row's regular expression, for people."""
    text = says.replace("\\S*", "").replace("[Tt]", "T").replace("(worker|master)", "worker_N")
    text = text.replace("(worker|port)_[23]", "worker_N").removeprefix(".*")
    return re.sub(r"\s*\.\*\s*", ": ", text).removesuffix(": ")


def table(found: list[Row]) -> str:
    """docs/faults.md; the test checks that it is true."""
    lines = [
        "# Faults",
        "",
        "What can go wrong in a cloud at each step of a cluster's life, the state that the",
        "cluster ends in, and what it tells you. After each of these faults you can delete the",
        "cluster, and nothing is left.",
        "",
        "`tests/api/test_faults.py` makes each fault happen on a real Heat and checks its row.",
        "",
        "| | step | fault | what happens | ends as | `disco.failure.*`: node, step, reason |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in found:
        lines.append(
            f"| {row.number} | {row.step} | {row.fault} | {row.injected} | `{row.ends}`"
            f" | {in_words(row.says)} |"
        )
    return "\n".join(lines) + "\n"
