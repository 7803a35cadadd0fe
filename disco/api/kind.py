"""The kind that DISCO serves, from its service manifest."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from disco.clusters import actions
from disco.errors import ConfigurationError
from disco.occi import CORE, Action, Attribute, Kind
from disco.occi.text import NAME, TERM

ACTION_SCHEME = "http://schemas.cloudcomplab.ch/occi/sm/action#"


def occi_action(row: actions.Action) -> Action:
    """A row of the table of actions as a category of OCCI."""
    attributes = (
        Attribute(name=a.name, type=a.type, description=a.description) for a in row.attributes
    )
    return Action(row.term, ACTION_SCHEME, row.title, tuple(attributes))


ACTIONS = tuple(occi_action(row) for row in actions.TABLE)
#: the collection's: a create that is sent with it is checked and rendered only
PREVIEW = occi_action(actions.PREVIEW)


@dataclass(frozen=True)
class Manifest:
    """What the service offers and where.

    Attributes:
        kind: the kind of its clusters.
        port: TCP port of the ``service_endpoint``.
        endpoint: the URL that is registered in Keystone's catalogue.
    """

    kind: Kind
    port: int
    endpoint: str


def load_manifest(path: Path) -> Manifest:
    """Read ``service_manifest.json`` in the original's form.

    Raises:
        ConfigurationError: unreadable, or a key is missing or malformed.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        scheme, separator, term = raw["service_type"].partition("#")
        endpoint = urlsplit(raw["service_endpoint"])
        attributes = tuple(Attribute(name=name) for name in raw["service_attributes"])
        title = raw.get("service_description", "")
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ConfigurationError(f"{path}: not a service manifest: {error!r}") from error
    if not (separator and scheme and TERM.fullmatch(term) and endpoint.hostname):
        raise ConfigurationError(f"{path}: service_type is scheme#term and service_endpoint a URL")
    if re.search(r'[\s"\\]', raw["service_type"] + raw["service_endpoint"]):
        raise ConfigurationError(f"{path}: a URL has no blanks, quotation marks or backslashes")
    odd = [a.name for a in attributes if not NAME.fullmatch(a.name)]
    if odd or not isinstance(title, str):
        names = ", ".join(f'"{name}"' for name in odd)
        raise ConfigurationError(
            f"{path}: service_attributes are named with letters, digits and _ . : - and"
            f" service_description is text{f'; not {names}' if names else ''}"
        )
    location = endpoint.path if endpoint.path.strip("/") else f"/{term}/"
    kind = Kind(
        term=term,
        scheme=f"{scheme}#",
        title=title,
        parent=f"{CORE}resource",
        location=location if location.endswith("/") else f"{location}/",
        attributes=attributes,
        actions=ACTIONS,
    )
    # registered with the final slash: clients put ids right behind it
    base = f"{endpoint.scheme}://{endpoint.netloc}{kind.location}"
    return Manifest(kind, endpoint.port or (443 if endpoint.scheme == "https" else 80), base)
