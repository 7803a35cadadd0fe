"""Secrets of frameworks' files, and places of object stores, up to what nodes are told of them."""

from __future__ import annotations

import base64
import shlex

from disco.attributes import component_attribute, names_secret, secret_attribute
from disco.components.loader import load_catalogue
from disco.components.properties import check_properties, list_open_secrets
from disco.data_files import data_dir
from disco.heat.template.jinja_environment import _FILTERS
from disco.heat.template.secret_values import SecretValue, ToldApart, with_secrets
from disco.object_storage import is_address, parse_place
from disco.occi.text import NAME
from fuzz.parts import as_fields, as_text
from fuzz.target import Broken, Target

CATALOGUE = load_catalogue(data_dir() / "frameworks")
_FORMS = ("sh", "json", "yaml", "xml", "properties")
#: characters that mean nothing to a shell without quotes, or to a file's line
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._=+@,-/:[]~")


def run(data: bytes) -> str:
    """Send a name and a value as a secret; a third and fourth part are a place and an address."""
    name, value, place, address = map(as_text, as_fields(data, 4))
    said = [_place(place), str(is_address(address))]
    if is_address(address) and not _PLAIN.issuperset(address):
        raise Broken("an address that is more than a word")
    attribute = secret_attribute(name)
    if not NAME.fullmatch(attribute):
        return "\n".join(said)
    checked = check_properties(CATALOGUE, {attribute: value}, {})
    told = [*map(str, checked.faults), *list_open_secrets({attribute: value})]
    for component, own in checked.secrets.items():
        if not all(names_secret(component_attribute(component, one)) for one in own):
            raise Broken("a secret that clients show")
        if len(value) > 12 and value not in attribute and any(value in text for text in told):
            raise Broken("a refusal that has the secret in it")
        if attribute not in {fault.attribute for fault in checked.faults}:
            _check_told(dict(checked.values[component]), dict(own))
    return "\n".join([*said, *told])


def _place(text: str) -> str:
    try:
        place = str(parse_place(text))
    except ValueError as error:
        return str(error)
    if not _PLAIN.issuperset(place) or str(parse_place(place)) != place:
        raise Broken("a place that is more than a word")
    return place


def _check_told(properties: dict[str, object], secrets: dict[str, str]) -> None:
    """What a script has in a secret's place, and that bash makes the secret of what nodes get."""
    told = ToldApart()
    families = [f for f in with_secrets(properties, secrets, 0, told).values() if type(f) is dict]
    values = [v for family in families for v in family.values() if isinstance(v, SecretValue)]
    for value in values:
        if not {str(value), *(_FILTERS[form](value) for form in _FORMS)} <= {
            f"${{DISCO_SECRET_A_{form.upper()}}}" for form in ("plain", *_FORMS)
        }:
            raise Broken("a secret in a script")
    facts = shlex.split(base64.b64decode(told.text).decode())
    heard = dict(fact.split("=", 1) for fact in facts)
    if len(heard) != len(_FORMS) * len(values) + len(values):
        raise Broken("more or fewer facts than there are")
    if values and heard["DISCO_SECRET_A_PLAIN"] not in secrets.values():
        raise Broken("another secret than was given")


TARGET = Target(
    run,
    refusals=(),
    dictionary=(
        *("hadoop.conf.core-site.x", "objectstore.secretkey", "spark.conf.spark-defaults.", "\0"),
        *("s3a://work/data", "https://s3.example.org:8080/x", "$(reboot)", "`id`", "@@SIGNAL@@"),
        *("${DISCO_SIGNAL}", "${DISCO_SECRET_A_SH}", "'\"'\"'", "[fd00::1]", "secret.conf."),
    ),
)
