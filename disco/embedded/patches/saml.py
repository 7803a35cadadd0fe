"""SAML's schemas, which Keystone's library compiles when it is imported.

That is a third of Keystone's start, and nobody logs in with SAML here. This replaces the module of
schemas by one to which no document is valid.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

REPLACED = ("saml2.xml.schema:validate", "saml2.xml.schema:XMLSchemaError")
USED: tuple[str, ...] = ()
READ_FOR = {"keystone": "30.0.0", "pysaml2": "7.5.5"}


def apply() -> None:
    """Leave the schemas out; call it before Keystone is imported."""

    class XMLSchemaError(Exception):
        pass

    def validate(*_: object) -> None:
        raise XMLSchemaError("The embedded cloud has no SAML")

    schemas: Any = ModuleType("saml2.xml.schema")
    schemas.XMLSchemaError, schemas.validate = XMLSchemaError, validate
    sys.modules[schemas.__name__] = schemas
