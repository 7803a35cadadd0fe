"""``disco completion``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from disco.cli.arguments import add_command
from disco.cli.exit_status import Status

if TYPE_CHECKING:
    from disco.cli.arguments import Subparsers

EXAMPLES = """
source <(disco completion bash)
disco completion bash > ~/.local/share/bash-completion/completions/disco
disco completion zsh > ~/.zfunc/_disco    # in a folder of $fpath
disco completion fish > ~/.config/fish/completions/disco.fish
"""


def add_parser(subparsers: Subparsers) -> None:
    """The parser of the command."""
    parser = add_command(
        subparsers,
        "completion",
        "print completions for a shell",
        "Print completions for a shell: commands, options, their values, ids of clusters and\n"
        "names of frameworks.",
        EXAMPLES,
        form=False,
    )
    parser.set_defaults(run=run)
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="bash, zsh or fish")


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    from disco.cli import shell_completion
    from disco.cli.main import build_parser

    print(shell_completion.script(args.shell, build_parser()), end="")
    return Status.DONE
