"""Copies of a worker in a template: all that belongs to it, under another number."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Template = dict[str, Any]

_WORKER = re.compile(r"worker_([1-9]\d*)")
#: what workers run; of a group with its name after a hyphen
_SCRIPT = re.compile(r"worker(?:-(.+))?\.sh")
#: the group of the workers that are in none of their own
PLAIN = ""
_WAITS = "OS::Heat::WaitCondition"


def worker_number(resource: str) -> int | None:
    """The number of the worker whose server the resource is."""
    match = _WORKER.fullmatch(resource)
    return int(match[1]) if match else None


def workers(template: Template) -> dict[int, str]:
    """The groups of the template's workers by their numbers, in order; ``PLAIN`` for none."""
    found = {
        number: _group(resource)
        for name, resource in template["resources"].items()
        if (number := worker_number(name)) is not None
    }
    return dict(sorted(found.items()))


def _group(resource: Mapping[str, Any]) -> str:
    """The group of a worker, as the name of its script tells it."""
    try:
        script = resource["properties"]["user_data"]["str_replace"]["template"]["get_file"]
    except (LookupError, TypeError):
        return PLAIN
    match = _SCRIPT.fullmatch(str(script))
    return (match[1] if match else None) or PLAIN


@dataclass(frozen=True)
class Model:
    """A worker that new ones are made like: its number, name and address."""

    number: int
    name: str
    address: str

    @classmethod
    def of(cls, template: Template, group: str = PLAIN) -> Model:
        """The first worker of a group.

        Raises:
            LookupError: there is none in the form that copies can be made of.
        """
        number = next((n for n, its in workers(template).items() if its == group), 0)
        server = template["resources"][f"worker_{number}"]["properties"]
        params = server["user_data"]["str_replace"]["params"]
        return cls(number, str(params["@@NAME@@"]), str(params["@@ADDRESS@@"]))

    def name_of(self, number: int) -> str:
        """Host name of another worker."""
        return f"{self.name.removesuffix(str(self.number))}{number}"

    def address_of(self, number: int) -> str:
        """Address of another worker, at the same distance as its number."""
        return str(ipaddress.IPv4Address(self.address) + (number - self.number))


def parts(resources: Mapping[str, Any], number: int) -> set[str]:
    """The resources that belong to one worker: they end in its number, and hang together."""
    ending = f"_{number}"
    named = {
        name
        for name, resource in resources.items()
        if name.endswith(ending) and not str(resource["type"]).startswith(_WAITS)
    }
    links = {name: references(resources[name]) & named for name in named}
    found, todo = set(), {f"worker_{number}"}
    while todo:
        name = todo.pop()
        found.add(name)
        users = {other for other, refers in links.items() if name in refers}
        todo |= (links.get(name, set()) | users) - found
    return found


def references(value: Any) -> set[str]:
    """The resources that a piece of a template names."""
    if isinstance(value, list):
        return set().union(*map(references, value)) if value else set()
    if not isinstance(value, Mapping):
        return set()
    found: set[str] = set()
    for key, inner in value.items():
        if key == "get_resource" and isinstance(inner, str):
            found.add(inner)
        elif key == "get_attr" and isinstance(inner, list) and inner:
            found.add(str(inner[0]))
        elif key == "depends_on":
            found |= {inner} if isinstance(inner, str) else set(map(str, inner))
        else:
            found |= references(inner)
    return found


def copied(
    template: Template, model: Model, number: int, signal: object
) -> Iterator[tuple[str, Any]]:
    """The model's resources under another number; without a signal of its own it is one that was.

    What only a node's user data says does not matter for one that exists already: Heat
    does not touch a server for it (``user_data_update_policy``).
    """
    words = renamed(template, model, number)

    def changed(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: changed_item(key, inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [changed(inner) for inner in value]
        return words.get(value, value) if isinstance(value, str) else value

    def changed_item(key: str, value: Any) -> Any:
        if key == "@@INDEX@@":
            return str(number)
        if key == "@@SIGNAL@@" and signal is not None:
            return signal
        if key == "@@JOINS@@":
            return "yes" if signal is not None else ""
        return changed(value)

    for part in parts(template["resources"], model.number):
        yield words[part], changed(template["resources"][part])


def renamed(template: Template, model: Model, number: int) -> dict[str, str]:
    """What stands for another worker in the place of the model's words."""
    ending = f"_{model.number}"
    mine = parts(template["resources"], model.number)
    words = {part: f"{part.removesuffix(ending)}_{number}" for part in mine}
    return {**words, model.name: model.name_of(number), model.address: model.address_of(number)}


def about(template: Template, model: Model, number: int, value: Any) -> Any:
    """A piece of the template about the model, as it is about another worker."""
    words = renamed(template, model, number)

    def changed(inner: Any) -> Any:
        if isinstance(inner, dict):
            return {k: changed(v) for k, v in inner.items()}
        if isinstance(inner, list):
            return [changed(v) for v in inner]
        return words.get(inner, inner) if isinstance(inner, str) else inner

    return changed(value)
