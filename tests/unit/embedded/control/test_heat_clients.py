"""Heat's clients, led to this process, override what Heat's own plug-ins still have."""

from __future__ import annotations

import importlib

import pytest

pytest.importorskip("heat", reason="needs the extra embedded (heat not installed)")
heat_clients = importlib.import_module("disco.embedded.control.heat_clients")
PLUGINS = heat_clients.EmbeddedClients.PLUGINS


@pytest.mark.parametrize("plugin", PLUGINS.values(), ids=PLUGINS)
@pytest.mark.parametrize("method", ["_create", "does_endpoint_exist"])
def test_a_replaced_method_is_heats(plugin: type, method: str) -> None:
    heats = [base for base in plugin.__mro__ if base.__module__.startswith("heat.")]
    assert any(method in vars(base) for base in heats)


def test_heat_makes_plugins_by_the_replaced_method() -> None:
    from heat.engine import clients

    assert callable(clients.ClientBackend)
    assert callable(clients.OpenStackClients.client_plugin)
