"""Copies of a worker in a template: all that belongs to it, under another number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from disco.attributes import ADDED_PARAMETER
from disco.untrusted import Malformed
from disco.worker_numbers import (
    PLAIN,
    ends_in_number,
    group_of_script,
    renumber_name,
    renumber_resource,
    server_number,
    server_resource,
    shift_address,
)

Template = dict[str, Any]

_WAITS = "OS::Heat::WaitCondition"


def workers(template: Template) -> dict[int, str]:
    """The groups of the template's workers by their numbers, in order; ``PLAIN`` for none."""
    groups = {
        number: _group(resource)
        for name, resource in template["resources"].items()
        if (number := server_number(name)) is not None
    }
    return dict(sorted(groups.items()))


def _group(resource: Mapping[str, Any]) -> str:
    """The group of a worker, as the name of its script tells it."""
    try:
        script = resource["properties"]["user_data"]["str_replace"]["template"]["get_file"]
    except (LookupError, TypeError):
        return PLAIN
    return group_of_script(str(script))


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
            LookupError: the group has no worker that can be copied.
        """
        number = next((n for n, its in workers(template).items() if its == group), 0)
        server = template["resources"][server_resource(number)]
        try:
            params = server["properties"]["user_data"]["str_replace"]["params"]
            model = cls(number, str(params["@@NAME@@"]), str(params["@@ADDRESS@@"]))
            model.address_of(number)
        except (TypeError, Malformed) as error:
            raise LookupError(f"worker {number} is not one that DISCO made") from error
        return model

    def name_of(self, number: int) -> str:
        """Host name of another worker."""
        return renumber_name(self.name, self.number, number)

    def address_of(self, number: int) -> str:
        """Address of another worker, at the same distance as its number."""
        return shift_address(self.address, number - self.number)


def parts(resources: Mapping[str, Any], number: int) -> set[str]:
    """The resources that belong to one worker: they end in its number, and hang together."""
    named = {
        name
        for name, resource in resources.items()
        if ends_in_number(name, number) and not str(resource["type"]).startswith(_WAITS)
    }
    links = {name: references(resources[name]) & named for name in named}
    mine, todo = set(), {server_resource(number)}
    while todo:
        name = todo.pop()
        mine.add(name)
        users = {other for other, refers in links.items() if name in refers}
        todo |= (links.get(name, set()) | users) - mine
    return mine


def references(value: Any) -> set[str]:
    """The resources that a piece of a template names."""
    if isinstance(value, list):
        return set().union(*map(references, value)) if value else set()
    if not isinstance(value, Mapping):
        return set()
    names: set[str] = set()
    for key, inner in value.items():
        if key == "get_resource" and isinstance(inner, str):
            names.add(inner)
        elif key == "get_attr" and isinstance(inner, list) and inner:
            names.add(str(inner[0]))
        elif key == "depends_on":
            names |= {inner} if isinstance(inner, str) else set(map(str, inner))
        else:
            names |= references(inner)
    return names


def copied(
    template: Template, model: Model, number: int, signal: object
) -> Iterator[tuple[str, Any]]:
    """The model's resources under another number; without a signal of its own it is one that was.

    What only a node's user data says does not matter for one that exists already: Heat
    does not touch a server for it (``user_data_update_policy``).
    """
    words = renamed(template, model, number)
    joins: object = "yes"
    if ADDED_PARAMETER in (template.get("parameters") or {}):
        joins = {"list_join": [" ", ["yes", {"get_param": ADDED_PARAMETER}]]}

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
            return joins if signal is not None else ""
        return changed(value)

    for part in parts(template["resources"], model.number):
        yield words[part], changed(template["resources"][part])


def renamed(template: Template, model: Model, number: int) -> dict[str, str]:
    """What stands for another worker in the place of the model's words."""
    mine = parts(template["resources"], model.number)
    words = {part: renumber_resource(part, number, model.number) for part in mine}
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
