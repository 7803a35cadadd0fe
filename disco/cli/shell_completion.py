"""Completions for shells, generated from the parser."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from disco.cli.command_tree import Command, Item, read_commands

#: compgen expands what it is given, commands in it too: only names go to the shell
PLAIN = ' | LC_ALL=C grep -xE "[A-Za-z0-9][A-Za-z0-9._-]*"'
#: commands that list the values of arguments, by metavar; without errors and prompts
DYNAMIC = {
    "CLUSTER": f"disco list --quiet 2>/dev/null </dev/null{PLAIN}",
    "FRAMEWORK": f"disco frameworks --quiet --built-in 2>/dev/null </dev/null{PLAIN}",
}


def script(shell: str, parser: argparse.ArgumentParser) -> str:
    """The completion script of ``shell``: bash, zsh or fish."""
    whole, commands = read_commands(parser)
    return {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell](whole, commands)


def _words(items: Iterable[Item]) -> str:
    return " ".join(option for item in items for option in item.options)


# -- bash -----------------------------------------------------------------------

BASH = """\
# bash completion of disco
_disco() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command="" word i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
        %(with_value)s) ((i++)) ;;
        -*) ;;
        *) command=$word; break ;;
        esac
    done
    local options="" values=""
    case $command in
%(cases)s
    esac
    case $command:$prev in
%(choices)s
    esac
    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
        return
    fi
    case $prev in
    %(with_value)s) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    esac
    case $values in
%(dynamic)s
    esac
    mapfile -t COMPREPLY < <(compgen -W "$values" -- "$cur")
}
complete -F _disco disco
"""


def _bash(whole: Command, commands: list[Command]) -> str:
    everything = [*whole.options, *(o for c in commands for o in c.options)]
    with_value = dict.fromkeys(o for i in everything if i.value for o in i.options)
    names = " ".join(c.name for c in commands)
    cases = [f'    "") options="{_words(whole.options)}"; values="{names}" ;;']
    choices = []
    for command in commands:
        values = " ".join(_values(command.arguments))
        cases.append(
            f'    {command.name}) options="{_words(command.options)}"; values="{values}" ;;'
        )
        for item in command.options:
            if item.choices:
                pattern = "|".join(f"{command.name}:{o}" for o in item.options)
                words = " ".join(item.choices)
                reply = f'mapfile -t COMPREPLY < <(compgen -W "{words}" -- "$cur")'
                choices.append(f"    {pattern}) {reply}; return ;;")
    dynamic = [f'    {name}) values="$({command})" ;;' for name, command in DYNAMIC.items()]
    return BASH % {
        "with_value": "|".join(with_value),
        "cases": "\n".join(cases),
        "choices": "\n".join(choices),
        "dynamic": "\n".join(dynamic),
    }


def _values(arguments: Iterable[Item]) -> list[str]:
    """The values of the first argument, or its name in ``DYNAMIC``."""
    for item in arguments:
        return list(item.choices) or [item.value]
    return []


# -- zsh ------------------------------------------------------------------------

ZSH = """\
#compdef disco
# zsh completion of disco
_disco() {
    local context state state_descr line curcontext="$curcontext"
    typeset -A opt_args
    _arguments -C %(options)s \\
        '1:command:((%(names)s))' '*::argument:->argument'
    [[ $state == argument ]] || return
    case $line[1] in
%(cases)s
    esac
}
if [[ $funcstack[1] == _disco ]]; then _disco "$@"; else compdef _disco disco; fi
"""


def _zsh(whole: Command, commands: list[Command]) -> str:
    cases = []
    for command in commands:
        arguments = [*map(_zsh_option, command.options), *map(_zsh_argument, command.arguments)]
        cases.append(f"    {command.name}) _arguments {' '.join(arguments)} ;;")
    names = " ".join(f"{c.name}\\:{_zsh_text(c.summary)}" for c in commands)
    return ZSH % {
        "options": " ".join(map(_zsh_option, whole.options)),
        "names": names,
        "cases": "\n".join(cases),
    }


def _zsh_option(item: Item) -> str:
    names = "{" + ",".join(item.options) + "}" if len(item.options) > 1 else item.options[0]
    value = f":{_plain(item.value)}:{_zsh_values(item)}" if item.value else ""
    return f"{names}'[{_plain(item.text)}]{value}'"


def _zsh_argument(item: Item) -> str:
    return f"'{'*' if item.many else ''}:{_plain(item.value)}:{_zsh_values(item)}'"


def _zsh_values(item: Item) -> str:
    if item.choices:
        return f"({' '.join(item.choices)})"
    command = DYNAMIC.get(item.value)
    return f'(${{(f)"$({command})"}})' if command else "_files"


def _zsh_text(text: str) -> str:
    return '"' + _plain(text) + '"'


def _plain(text: str) -> str:
    """A text without characters that have a meaning in completions."""
    return "".join(c for c in text if c.isalnum() or c in " ,.;-=|()")


# -- fish -----------------------------------------------------------------------

FISH_HEAD = """\
# fish completion of disco
complete -c disco -f
"""


def _fish(whole: Command, commands: list[Command]) -> str:
    lines = [FISH_HEAD.rstrip("\n")]
    names = " ".join(c.name for c in commands)
    first = f"not __fish_seen_subcommand_from {names}"
    lines += [f"complete -c disco -n '{first}'{_fish_option(item)}" for item in whole.options]
    for command in commands:
        lines.append(
            f"complete -c disco -n '{first}' -a {command.name} -d '{_plain(command.summary)}'"
        )
        seen = f"__fish_seen_subcommand_from {command.name}"
        lines += [f"complete -c disco -n '{seen}'{_fish_option(item)}" for item in command.options]
        for value in _values(command.arguments)[:1]:
            words = DYNAMIC.get(value, "")
            words = f"({words})" if words else " ".join(command.arguments[0].choices)
            if words:
                lines.append(f"complete -c disco -n '{seen}' -a '{words}'")
    return "\n".join(lines) + "\n"


def _fish_option(item: Item) -> str:
    text = ""
    for option in item.options:
        text += f" -l {option[2:]}" if option.startswith("--") else f" -s {option[1:]}"
    if item.choices:
        text += f" -x -a '{' '.join(item.choices)}'"
    elif item.value:
        text += " -r -F"
    return f"{text} -d '{_plain(item.text)}'"
