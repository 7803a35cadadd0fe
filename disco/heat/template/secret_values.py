"""Secret values of files: nodes are told them apart from their scripts.

In a script stands ``${DISCO_SECRET_...}`` in their place. What they are is in a hidden parameter
of the stack, which Heat shows nobody and puts into the user data of the role's servers. A file
that has one is for the daemons' user and for who logs in, and not for everybody.
"""

from __future__ import annotations

import base64
import shlex
from collections.abc import Callable, Iterator, Mapping
from functools import wraps

from disco.attributes import open_twin
from disco.components.models import FileTemplate
from disco.heat.template.bash_text import here_document

#: beginning of the names of the facts
_FACT = "DISCO_SECRET_"
#: who reads a file with a secret: the daemons, and who logs in
_READERS = 'disco:"$(id -g "$DISCO_LOGIN")"'
#: what Heat puts the parameter's text into
_TOLD = "eval \"$(base64 -d <<<'@@SECRETS@@')\"\n"
_PARAMETER = "disco_secrets_"


class ToldApart:
    """The secrets that one script refers to, each as it is written where it is used."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        #: how often one was referred to
        self.referred = 0

    def refer(self, number: int, form: str, text: str) -> str:
        """What stands for a secret in the script; ``form`` tells apart how it is written."""
        self.referred += 1
        name = f"{_FACT}{_letters(number)}_{form.upper()}"
        self._texts[name] = text
        return f"${{{name}}}"

    @property
    def line(self) -> str:
        """The line that makes them known on a node; empty where there are none."""
        return _TOLD if self._texts else ""

    @property
    def text(self) -> str:
        """The value of the hidden parameter; empty where there are none."""
        known = "".join(f"{name}={shlex.quote(text)}\n" for name, text in self._texts.items())
        return base64.b64encode(known.encode()).decode()


class SecretValue(str):
    """A value that templates write as any other, and that is not in what they make."""

    _told: ToldApart
    _number: int
    _value: str

    def __new__(cls, told: ToldApart, number: int, value: str) -> SecretValue:
        """``number`` is its own in the cluster."""
        made = super().__new__(cls, f"a secret, {number}")
        made._told, made._number, made._value = told, number, value
        return made

    def written(self, form: str, write: Callable[[object], str]) -> str:
        """What stands for the secret as a filter writes it."""
        return self._told.refer(self._number, form, write(self._value))

    def __str__(self) -> str:
        return self.written("plain", str)

    def __repr__(self) -> str:
        return "SecretValue(***)"


def hides_secrets(form: str, write: Callable[[object], str]) -> Callable[[object], str]:
    """A filter that writes secrets elsewhere."""

    @wraps(write)
    def filtered(value: object) -> str:
        return value.written(form, write) if isinstance(value, SecretValue) else write(value)

    return filtered


def with_secrets(
    properties: Mapping[str, object], secrets: Mapping[str, str], first: int, told: ToldApart
) -> dict[str, object]:
    """Properties whose families have their secret members, too.

    Args:
        properties: of a component.
        secrets: of the same one, of which those of families are meant.
        first: number of the component's first secret.
        told: gets to know what is referred to.
    """
    found = dict(properties)
    for number, (name, value) in enumerate(sorted(secrets.items()), start=first):
        if (place := _place(properties, name)) is not None:
            family, member = place
            own = found[family]
            assert isinstance(own, Mapping)
            found[family] = {**own, member: SecretValue(told, number, value)}
    return found


def secret_names(properties: Mapping[str, object]) -> list[str]:
    """The names that secrets have in families, for what shows settings to people."""
    families = (own for own in properties.values() if isinstance(own, Mapping))
    return sorted({n for own in families for n, v in own.items() if isinstance(v, SecretValue)})


def _place(properties: Mapping[str, object], name: str) -> tuple[str, str] | None:
    """The family that a secret belongs to, and its name there; None for one by itself."""
    plain = open_twin(name)
    families = [
        key
        for key, value in properties.items()
        if isinstance(value, Mapping) and plain.startswith(f"{key}.")
    ]
    if plain == name or not families:
        return None
    family = max(families, key=len)
    return family, plain[len(family) + 1 :]


def has_secrets(text: str) -> bool:
    """Whether something in a script stands for a secret."""
    return f"${{{_FACT}" in text


def file_writer(file: FileTemplate, text: str) -> str:
    """Bash that writes a file with this content."""
    mode, owner = file.mode, file.owner
    if has_secrets(text):
        mode, owner = f"{int(mode, 8) & 0o550:04o}", _READERS
    return f"disco_file {file.path} {mode} {owner} {here_document(text)}"


def parameters_of(told: Mapping[str, ToldApart]) -> dict[str, str]:
    """The stack's hidden parameters, for the scripts that refer to secrets."""
    return {f"{_PARAMETER}{name}": text for name, one in told.items() if (text := one.text)}


def names_of(parameters: Mapping[str, str]) -> Iterator[str]:
    """The scripts that these parameters are for."""
    return (name.removeprefix(_PARAMETER) for name in parameters)


def _letters(number: int) -> str:
    """A number as letters, which are all that the name of a fact can have."""
    text = chr(ord("A") + number % 26)
    return text if number < 26 else _letters(number // 26 - 1) + text
