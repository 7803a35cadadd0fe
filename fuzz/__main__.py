"""``python -m fuzz``: all targets, or those named, with atheris where it is installed."""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import logging
import os
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from fuzz.growth import find_slow
from fuzz.mutation import Mutator
from fuzz.target import CORPUS, Broken, list_targets, load_target, read_corpus

CRASHES = Path(__file__).parent / "crashes"
#: of an input that libFuzzer makes; and the seconds of the clock, so that a busy machine is no
#: fault, and the MiB after which it is one of a crash
MOST_BYTES, MOST_SECONDS, MOST_MIB = 16 * 1024, 60, 2048


def main() -> int:
    """Run the targets one after the other; 1 if a reader did what it must not do."""
    names = list_targets()
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--runs", type=int, default=20_000, help="executions of each target")
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same inputs")
    parser.add_argument("--plain", action="store_true", help="do without atheris")
    parser.add_argument(
        "--growth", action="store_true", help="only look at the time of long inputs"
    )
    parser.add_argument("--input", type=Path, help="only this file, as of a crash before")
    parser.add_argument("--keep", type=Path, help="where inputs go that reach new code")
    parser.add_argument("--atheris", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("target", nargs="*", metavar="target", help=f"of {', '.join(names)}")
    options = parser.parse_args()
    if unknown := sorted({*options.target} - {*names}):
        parser.error(f'unknown target "{unknown[0]}". Targets: {", ".join(names)}.')
    logging.disable(logging.CRITICAL)  # what readers log of the inputs is not looked at
    if options.atheris:
        run_atheris(options.target[0], options.runs, options.seed, options.keep)
    guided = not options.plain and importlib.util.find_spec("atheris") is not None
    if not guided and not options.plain:
        print("atheris is not installed: inputs are mutated without coverage", flush=True)
    broken = []
    for name in options.target or names:
        start = time.monotonic()
        if options.input:
            load_target(name).check(options.input.read_bytes())
            continue
        done = True
        if not options.growth:
            done = (
                start_atheris(name, options.runs, options.seed, options.keep)
                if guided
                else run_plain(name, options.runs, options.seed)
            )
        if not (is_linear(name) and done):
            broken.append(name)
        seconds = time.monotonic() - start
        runs = 0 if options.growth else options.runs
        print(
            f"{name}: {runs} runs, {seconds:.0f} s{', BROKEN' if name in broken else ''}",
            flush=True,
        )
    if broken:
        print(f"Broken: {', '.join(broken)}. The inputs are in {CRASHES}.")
    return 1 if broken else 0


def run_plain(name: str, runs: int, seed: int) -> bool:
    """Check the corpus and inputs made of it; keep one input of each way to break the reader."""
    broken = find_broken(name, runs, seed)
    for error, data in broken:
        print(f"{name}: {error}; input: {keep_crash(name, data)}")
    return not broken


def find_broken(name: str, runs: int, seed: int) -> list[tuple[str, bytes]]:
    """Find the ways in which a reader breaks, and an input for each."""
    target = load_target(name)
    seeds = list(read_corpus(name))
    mutator = Mutator(seeds, target.dictionary, seed)
    found: dict[str, tuple[str, bytes]] = {}
    for number in range(max(runs, len(seeds))):
        data = seeds[number] if number < len(seeds) else mutator.next()
        try:
            target.check(data)
        except Exception as error:
            key = f"{type(error).__name__} at {find_place(error)}"
            found.setdefault(key, (f"{key}: {str(error)[:200]!r}", data))
    return list(found.values())


def find_place(error: Exception) -> str:
    """Find where in DISCO an exception arose."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [
        f"{f.filename.rpartition('/disco/')[2]}:{f.lineno}"
        for f in frames
        if "/disco/" in f.filename
    ]
    return ours[-1] if ours else f"{frames[-1].filename}:{frames[-1].lineno}"


def is_linear(name: str) -> bool:
    """Whether the time of long inputs grows as their length does; says of which it does not."""
    try:
        slow = find_slow(load_target(name), list(read_corpus(name)))
    except Broken as error:
        print(f"{name}: {error}")
        return False
    for one in slow:
        print(f"{name}: more than linear: {one}")
    return not slow


def keep_crash(name: str, data: bytes) -> Path:
    """Write an input that breaks a reader to a file."""
    CRASHES.mkdir(exist_ok=True)
    path = CRASHES / f"{name}-{hashlib.sha1(data, usedforsecurity=False).hexdigest()[:16]}"
    path.write_bytes(data)
    return path


def start_atheris(name: str, runs: int, seed: int, keep: Path | None) -> bool:
    """Run one target in a process of its own, which libFuzzer ends."""
    command = [
        *(sys.executable, "-m", "fuzz", "--atheris", "--runs", str(runs), "--seed", str(seed)),
        *(("--keep", str(keep)) if keep else ()),
        name,
    ]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        print((done.stdout + done.stderr)[-4000:])
    return done.returncode == 0


def run_atheris(name: str, runs: int, seed: int, keep: Path | None) -> None:
    """Hand the process to libFuzzer, with DISCO's code instrumented for coverage."""
    import atheris

    with atheris.instrument_imports(include=["disco"]):
        target = load_target(name)
    CRASHES.mkdir(exist_ok=True)
    words = Path(tempfile.mkdtemp(prefix="fuzz-"))
    (words / "dictionary").write_text(
        "".join(f'"{_escape(word)}"\n' for word in target.dictionary), encoding="ascii"
    )
    # libFuzzer writes what is new into the first folder
    folder = (keep or words) / name
    folder.mkdir(parents=True, exist_ok=True)
    atheris.Setup(
        [
            "fuzz",
            f"-runs={runs}",
            f"-seed={seed}",
            f"-max_len={MOST_BYTES}",
            f"-timeout={MOST_SECONDS}",
            f"-rss_limit_mb={MOST_MIB}",
            f"-artifact_prefix={CRASHES}{os.sep}{name}-",
            f"-dict={words / 'dictionary'}",
            str(folder),
            *([str(CORPUS / name)] if (CORPUS / name).is_dir() else []),
        ],
        target.check,
    )
    atheris.Fuzz()


def _escape(word: str) -> str:
    return "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02X}"
        for byte in word.encode()
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Broken as error:
        print(error)
        sys.exit(1)
