"""The backends of ``keystone-manage bootstrap``, which here are those of the running Keystone.

The command loads them itself, and they can be loaded only once in a process. This replaces the
module that it asks for them.
"""

from __future__ import annotations

from types import SimpleNamespace

REPLACED = ("keystone.cmd.bootstrap:backends",)
USED = ("keystone.cmd.bootstrap:Bootstrapper",)
READ_FOR = {"keystone": "30.0.0"}


def apply() -> None:
    """Let a bootstrap use the backends that are loaded already."""
    from keystone.cmd import bootstrap

    bootstrap.backends = SimpleNamespace(load_backends=dict)
