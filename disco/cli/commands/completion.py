"""``disco completion``."""

from __future__ import annotations

import argparse

from disco.cli.command import Command


class PrintCompletion(Command):
    """The command."""

    description = (
        "Print completions for a shell: commands, options, their values, names and ids of\n"
        "clusters, and names of nodes and frameworks."
    )
    examples = """
source <(disco completion bash)
disco completion bash > ~/.local/share/bash-completion/completions/disco
disco completion zsh > ~/.zfunc/_disco    # in a folder of $fpath
disco completion fish > ~/.config/fish/completions/disco.fish
"""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The shell."""
        parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="bash, zsh or fish")

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        """Print the script."""
        from disco.cli import completion

        print(completion.script(parsed_args.shell), end="")
