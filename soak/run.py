"""A run: minutes of users and hostile clients, or each attack for a while."""

from __future__ import annotations

import resource
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from soak.attacks import ATTACKS, Attack, Scene, hostile_clients
from soak.clients import OTHER_FILES, Target
from soak.health import Answers, asked_all_the_time
from soak.processes import Holdings
from soak.report import Report, Row
from soak.stage import SESSION_S, WORKERS, Stage
from soak.users import Tally, User

MIB = 1024 * 1024
#: seconds in which somebody else is answered
PROMPT_S = 1.0
#: this part of the idle connections is there at a time at least: each is closed after 20 s
HELD = 0.9
#: connections to the cloud that may be kept: one of each worker to each of four services
KEPT = 4 * WORKERS
#: by so much the memory may grow after the first minute
GROWTH = 0.1
#: the first minute, or this part of a shorter run; and what is averaged, as a part of that
FIRST_S, FIRST_PART, WINDOW = 60.0, 1 / 2, 1 / 4
#: looks at the threads that find the same, until all of them are there
STEADY = 5
#: seconds until nothing of the load is left: a request may take 20 s to arrive
SETTLE_S = 40.0
#: hostile clients of each kind beside the users
HOSTILE = {
    "stalled_upload": 40, "slow_upload": 20, "stalled_head": 40, "slow_head": 20,
    "chunk_trickle": 20, "stalled_download": 20, "slow_download": 20, "hang_up": 20,
    "half_open": 20, "deep_json": 1, "long_headers": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What is asked of a run: seconds of load, and idle connections beside it."""

    seconds: float
    connections: int


def soak(stage: Stage, plan: Plan, say: Callable[[str], None] = lambda _: None) -> Report:
    """Users and hostile clients for a while; what the service answered, and holds afterwards."""
    idle, skipped = _allowed_connections(plan.connections)
    target = stage.tenants[0].caller.base.rpartition("/")[2].split(":")
    strangers = Target(target[0], int(target[1]))
    say("warming up")
    _warm_up(stage, strangers)
    before = _settled(stage, None)
    say(f"load for {plan.seconds:.0f} s")
    tally, samples = Tally(), list[tuple[float, Holdings]]()
    over = threading.Event()
    users = _users(stage, tally, over)
    began = time.monotonic()
    with (
        hostile_clients(strangers, **HOSTILE, **({"idle": idle} if idle else {})),
        asked_all_the_time(strangers_base(strangers)) as health,
    ):
        for user in users:
            user.start()
        while (passed := time.monotonic() - began) < plan.seconds:
            samples.append((passed, stage.look()))
            over.wait(1)
        over.set()
    for user in users:
        user.join(120)
    say("waiting until nothing is left")
    after = _settled(stage, before)
    report = Report(f"{plan.seconds:.0f} s, {len(users)} users, {sum(HOSTILE.values())} hostile")
    report.rows += [
        *_answers(tally, health, users),
        _idle(idle, skipped, before, samples),
        *_holdings(before, after, samples, plan.seconds),
    ]
    report.figures = _figures(tally, health, before, after, samples)
    return report


def strangers_base(target: Target) -> str:
    """The service's address."""
    return f"http://{target.host}:{target.port}"


def _allowed_connections(wanted: int) -> tuple[int, str]:
    """How many idle connections this machine allows; and why not, if it does not."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + sum(HOSTILE.values()) + OTHER_FILES
    if not wanted:
        return 0, "none were asked for"
    if hard == resource.RLIM_INFINITY or hard >= needed:
        return wanted, ""
    return 0, f"skipped: the hard limit of open files is {hard}, {needed} are needed (ulimit -Hn)"


def _warm_up(stage: Stage, strangers: Target) -> None:
    """Until all threads are there and all users are known: what is made once is no leak."""
    stage.touch()
    first = stage.tenants[0].caller
    target = Target(strangers.host, strangers.port, dict(first.headers))
    with hostile_clients(target, ask_and_hang_up=128), asked_all_the_time(first.base):
        seen = [0] * STEADY
        for _ in range(30):
            time.sleep(1)
            seen = [*seen[1:], stage.look().threads]
            if len({*seen}) == 1:
                return


def _users(stage: Stage, tally: Tally, over: threading.Event) -> list[User]:
    found = [(tenant.caller, tenant.network) for tenant in stage.tenants]
    everybody = [*found, (stage.by_token, None)]
    return [User(who, net, tally, over, seed) for seed, (who, net) in enumerate(everybody)]


def _settled(stage: Stage, before: Holdings | None) -> Holdings:
    """What is held when it does not get less any more, or has got as low as before."""
    began = time.monotonic()
    best = stage.look(clients=True)
    while (passed := time.monotonic() - began) < SETTLE_S:
        stage.touch()
        time.sleep(1)
        now = stage.look(clients=True)
        best = min(best, now, key=lambda held: (held.clients, held.descriptors))
        if before is None and passed > 1.5 * SESSION_S:
            break
        if before and not best.clients and best.descriptors <= before.descriptors:
            break
    return best


def _answers(tally: Tally, health: Answers, users: Iterable[User]) -> Iterable[Row]:
    total = sum(tally.answers.values())
    yield Row("requests of users", str(total), "some", total > 0)
    yield Row("backpressure (429, 503 with Retry-After)", str(tally.backpressure))
    errors = sum(tally.errors.values())
    yield Row("errors", str(errors), "0", errors == 0)
    for text, count in tally.errors.most_common(10):
        yield Row(f"  {count} x", text)
    yield Row("clusters that failed in the cloud", str(sum(tally.failed.values())))
    for text, count in tally.failed.most_common(5):
        yield Row(f"  {count} x", text)
    stuck = sum(user.is_alive() for user in users)
    yield Row("users that did not come to an end", str(stuck), "0", stuck == 0)
    p99, slowest = health.percentile(0.99), health.slowest
    yield Row("/health, p99", f"{p99:.3f} s", f"< {PROMPT_S:.0f} s", p99 < PROMPT_S)
    yield Row("/health, slowest", f"{slowest:.3f} s")
    unanswered = len(health.failed)
    yield Row("/health without an answer", str(unanswered), "0", unanswered == 0)


def _idle(idle: int, skipped: str, before: Holdings, samples: list[tuple[float, Holdings]]) -> Row:
    name = "connections at a time, most"
    if skipped:
        return Row(name, skipped)
    most = max(held.descriptors for _, held in samples) - before.descriptors
    wanted = int(idle * HELD)
    return Row(name, str(most), f">= {wanted}", most >= wanted)


def _holdings(
    before: Holdings, after: Holdings, samples: list[tuple[float, Holdings]], seconds: float
) -> Iterable[Row]:
    ended = len({held.pids for _, held in samples} | {before.pids, after.pids}) > 1
    yield Row("worker processes", "some ended" if ended else "the same", "the same", not ended)
    first = min(FIRST_S, seconds * FIRST_PART)
    early = _average(samples, first, first * (1 + WINDOW))
    late = _average(samples, seconds - first * WINDOW, seconds)
    grown = late / early - 1
    yield Row(f"memory after {first:.0f} s", f"{early / MIB:.0f} MiB")
    yield Row(
        "memory at the end",
        f"{late / MIB:.0f} MiB ({grown:+.1%})",
        f"< {GROWTH:+.0%}",
        grown < GROWTH,
    )
    for name, then, now in (
        ("threads", before.threads, after.threads),
        ("descriptors", before.descriptors + KEPT, after.descriptors),
        ("connections of clients", 0, after.clients),
    ):
        yield Row(f"{name} left", str(now), f"<= {then}", now <= then)


def _average(samples: list[tuple[float, Holdings]], begin: float, end: float) -> float:
    """Bytes that the workers held in this time."""
    held = [one.rss_bytes for passed, one in samples if begin <= passed <= end]
    return statistics.fmean(held or [samples[-1][1].rss_bytes])


def _figures(
    tally: Tally,
    health: Answers,
    before: Holdings,
    after: Holdings,
    samples: list[tuple[float, Holdings]],
) -> dict[str, object]:
    answers: dict[str, dict[str, int]] = {}
    for (operation, status), count in sorted(tally.answers.items()):
        answers.setdefault(operation, {})[str(status)] = count
    return {
        "answers": answers,
        "errors": dict(tally.errors),
        "failed": dict(tally.failed),
        "health_seconds": {
            "p50": health.percentile(0.5), "p99": health.percentile(0.99),
            "slowest": max(health.seconds, default=None), "failed": health.failed,
        },
        "before": asdict(before),
        "after": asdict(after),
        "samples": [{"seconds": round(passed, 1), **asdict(held)} for passed, held in samples],
    }  # fmt: skip


def withstand(
    scene: Scene,
    seconds: float,
    attacks: dict[str, Attack] | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Report:
    """Each attack for so many seconds, and how fast ``/health`` was answered meanwhile."""
    chosen = attacks or ATTACKS
    report = Report(f"/health while each of {len(chosen)} attacks runs for {seconds:.0f} s")
    for name, attack in chosen.items():
        health = measure(scene, attack, seconds)
        worst = f"{health.slowest:.3f} s"
        if health.failed:
            worst = f"{len(health.failed)} without an answer ({health.failed[0]})"
        value = f"p99 {health.percentile(0.99):.3f} s, slowest {worst}"
        report.rows.append(Row(name, value, f"< {PROMPT_S:.0f} s each", health.slowest < PROMPT_S))
        report.figures[name] = asdict(health)
        say(f"{name}: {value}")
    return report


def measure(scene: Scene, attack: Attack, seconds: float) -> Answers:
    """How ``/health`` is answered while an attack runs."""
    with attack(scene):
        # what the attackers need until they are there
        time.sleep(min(1.0, seconds / 4))
        with asked_all_the_time(scene.tenant.base) as health:
            time.sleep(seconds)
    return health


def tell(text: str) -> None:
    """Say on standard error how far the run is."""
    print(f"soak: {text}", file=sys.stderr, flush=True)
