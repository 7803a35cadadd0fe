"""JupyterLab's page asks for a password, and for nothing that its user does not have.

The smoke job looks at the page of the real server, on the node.
"""

from __future__ import annotations

import re
import sys
import types
from typing import Any
from unittest import mock

from disco.heat.template.jinja_environment import Templates
from disco.heat.template.template_context import Contexts
from tests.support.shipped import CATALOGUE
from tests.support.specs import draft


def rendered(template: str) -> str:
    plan, spec = draft({"jupyter": ""}, catalogue=CATALOGUE)
    spec.secrets.setdefault("jupyter", {})["password"] = "right-horse-battery"
    context = Contexts(plan, spec).component("jupyter", "master")
    return Templates(CATALOGUE, spec.id).file("jupyter", template, context)


class Told:
    """Takes any attribute, as traitlets' configuration does."""

    def __getattr__(self, name: str) -> Any:
        made = Told()
        setattr(self, name, made)
        return made


def configured(handler: type) -> Any:
    """What the configuration sets, with jupyter_server's log-in page replaced."""
    login = types.ModuleType("jupyter_server.auth.login")
    login.LoginFormHandler = handler  # type: ignore[attr-defined]
    modules = {"jupyter_server": types.ModuleType("jupyter_server"),
               "jupyter_server.auth": types.ModuleType("jupyter_server.auth"),
               "jupyter_server.auth.login": login}  # fmt: skip
    c = Told()
    with mock.patch.dict(sys.modules, modules):
        exec(rendered("jupyter_server_config.py.j2"), {"get_config": lambda: c})  # noqa: S102
    return c


def test_the_page_offers_no_token() -> None:
    class Page:
        template_namespace = {"token_available": True, "login_available": True}

    c = configured(Page)
    page = c.PasswordIdentityProvider.login_handler_class()
    assert page.template_namespace == {"token_available": False, "login_available": True}


def test_a_password_is_required_and_is_there_as_a_hash() -> None:
    provider = configured(type("Page", (), {})).PasswordIdentityProvider
    assert provider.password_required is True
    assert provider.allow_password_change is False
    assert re.match(r"argon2:\$argon2id\$", provider.hashed_password)
    text = rendered("jupyter_server_config.py.j2")
    assert "right-horse" not in text
    # the token is made on the node, and in no file that is sent there
    assert not re.search(r"(?i)\.token\s*=", text)


def test_the_smoke_job_tells_the_two_pages_of_jupyter_server_apart() -> None:
    (condition,) = re.findall(r"must\((.* in page and .* not in page),", rendered("smoke.sh.j2"))
    asks = "<strong>Password:</strong><script>function _remove_token_from_url() {}</script>"
    offers = "<strong>Password or token:</strong><h3>Token authentication is enabled</h3>"
    assert eval(condition, {"page": asks})  # noqa: S307
    assert not eval(condition, {"page": offers})  # noqa: S307
