"""Cluster specifications made by tests."""

import base64
import functools
import ipaddress
import lzma
import random
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from disco.components.install_plan import InstallPlan
from disco.components.loader import Catalogue, load_catalogue
from disco.components.properties import check_properties
from disco.components.resolver import resolve_plan
from disco.heat.template.stack import render_stack
from disco.spec import (
    ClusterSpec,
    Flavor,
    Network,
    NodeGroup,
    RenderedStack,
    Volume,
)
from tests.support.shipped import CATALOGUE

ID = "5f0c9a2e-1111-4222-8333-444455556666"
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxE disco"
LARGE = Flavor("4", "m1.large", 8192, 4, 80)
#: has room for all frameworks at once
HUGE = Flavor("9", "huge", 262144, 32, 800)
SHIPPED = CATALOGUE


def draft(
    injected: Mapping[str, str] | None = None,
    workers: int = 2,
    catalogue: Catalogue = SHIPPED,
    cidr: str = "192.168.16.0/20",
    flavor: Flavor = LARGE,
    volume: Volume | None = None,
    **changes: object,
) -> tuple[InstallPlan, ClusterSpec]:
    """A plan and a specification that it can be rendered with."""
    injected = injected or {}
    checked = check_properties(catalogue, {}, injected)
    plan = resolve_plan(catalogue, injected, checked.values)
    settings: dict[str, object] = {
        "ssh_key_name": "disco-key",
        "ssh_public_key": PUBLIC_KEY,
        "properties": checked.values,
        "secrets": {n: dict.fromkeys(w, "s3cr3t-value") for n, w in checked.wanted.items()},
        "attributes": {"b": "ü", "a": '1, "2"'},
    }
    spec = ClusterSpec(
        ID,
        NodeGroup("master", "image-m", flavor, "disco-manager"),
        NodeGroup("worker", "image-w", flavor, "disco-worker", workers, volume),
        Network("disco-net", "public", ipaddress.IPv4Network(cidr)),
        **(settings | changes),  # type: ignore[arg-type]
    )
    return plan, spec


def rendered(*args: object, catalogue: Catalogue = SHIPPED, **kwargs: object) -> RenderedStack:
    """The stack of ``draft``."""
    plan, spec = draft(*args, catalogue=catalogue, **kwargs)  # type: ignore[arg-type, misc]
    return render_stack(catalogue, plan, spec)


def framework(folder: Path, name: str, more: str = "", **files: str) -> None:
    """Write a component folder."""
    place = folder / name
    place.mkdir()
    (place / "component.yaml").write_text(
        f"schema: 1\nname: {name}\ntitle: {name.title()}\ndescription: ''\n"
        f"versions: ['1.0']\n{more}"
    )
    for stem, text in files.items():
        (place / f"{stem}.j2").write_text(text)


def with_base(folder: Path) -> Catalogue:
    """The components in ``folder`` together with the shipped base."""
    base = [c for c in SHIPPED.values() if c.base]
    return Catalogue([*base, *load_catalogue(folder).values()])


def unpacked(script: str) -> str:
    """The script; with the packed part of it, if it has one, in clear in that one's place."""
    head, packed, rest = script.partition("disco_body=$(mktemp)\n")
    if not packed:
        return script
    program, _, text = rest.partition(" <<'DISCO_BODY' >\"$disco_body\"\n")
    text, _, behind = text.partition("\nDISCO_BODY\n")
    behind = behind.partition('. "$disco_body"\n')[2]
    if "zlib.decompress" in program:
        return head + zlib.decompress(base64.b64decode(text)).decode() + behind
    words = (text[i : i + 11] for i in range(0, len(text), 11))
    body = b"".join(
        functools.reduce(lambda number, c: number * 94 + ord(c) - 33, word, 0).to_bytes(9, "big")
        for word in words
    )
    return head + lzma.LZMADecompressor().decompress(body).decode() + behind


def fetched(stack: RenderedStack, name: str) -> str:
    """What a node fetches from Heat; empty where user data has all of its script."""
    text = stack.files.get(f"{name}.scripts", "")
    return lzma.decompress(base64.b64decode(text)).decode() if text else ""


def noisy_framework(
    folder: Path, size: int, roles: tuple[str, ...] = ("master", "worker")
) -> Catalogue:
    """A catalogue with a framework ``big``, of which no packing makes less than ``size`` bytes."""
    noise = base64.b64encode(random.Random(1).randbytes(size)).decode()
    told = ", ".join(f"{role}: {{configure: configure.sh.j2}}" for role in roles)
    script = {"configure.sh": f"# {noise}\necho configured\n"}
    framework(folder, "big", f"roles: {{{told}}}\n", **script)
    return with_base(folder)


def sent_resources(stack: RenderedStack, loader: Any = yaml.SafeLoader) -> dict[str, Any]:
    """The resources that Heat reads in a stack's template."""
    found: dict[str, Any] = yaml.load(stack.template, Loader=loader)["resources"]
    return found
