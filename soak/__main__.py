"""``python -m soak``: minutes of load and attack; 1 if something is not as it must be."""

from __future__ import annotations

import argparse
import sys

from soak.attacks import ATTACKS
from soak.run import Plan, soak, tell, withstand
from soak.stage import set_up

#: a run of more is a mistake in its argument
MOST_MINUTES = 24 * 60


def main() -> int:
    """Run what is asked for, print its table; the exit status says whether all holds."""
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="of load (default: 10)")
    parser.add_argument(
        "--connections", type=int, default=10_000, help="idle ones beside it (default: 10000)"
    )
    parser.add_argument(
        "--attacks",
        action="store_true",
        help="run each attack alone, and measure how fast /health is answered",
    )
    parser.add_argument("--seconds", type=float, default=60, help="of each attack (default: 60)")
    parser.add_argument("--json", action="store_true", help="print JSON with all figures")
    parser.add_argument("attack", nargs="*", help=f"of {', '.join(ATTACKS)} (default: all)")
    options = parser.parse_args()
    if unknown := sorted({*options.attack} - {*ATTACKS}):
        parser.error(f'unknown attack "{unknown[0]}". Attacks: {", ".join(ATTACKS)}.')
    if not 0 < options.minutes <= MOST_MINUTES or not 0 < options.seconds <= 60 * MOST_MINUTES:
        parser.error(f"the time must be more than 0 and at most {MOST_MINUTES} minutes")
    if not 0 <= options.connections <= 20_000:
        parser.error("--connections takes 0 to 20000")
    tell("starting the cloud and the service")
    with set_up() as stage:
        if options.attacks or options.attack:
            chosen = {name: ATTACKS[name] for name in options.attack or ATTACKS}
            with stage.scene() as scene:
                report = withstand(scene, options.seconds, chosen, tell)
        else:
            report = soak(stage, Plan(options.minutes * 60, options.connections), tell)
    print(report.as_json() if options.json else report.as_table())
    return 0 if report.holds else 1


if __name__ == "__main__":
    sys.exit(main())
