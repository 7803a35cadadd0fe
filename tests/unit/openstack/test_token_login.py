"""Whose token it is; test_session.py has what happens when the cloud refuses it."""

from __future__ import annotations

from unittest import mock

import pytest
from keystoneauth1 import exceptions

from disco.openstack.token_login import TokenLogin, is_for

OWN = mock.Mock(
    user_id="u", project_id="p", project_name="demo", project_domain_name="B", project_domain_id="b"
)


@pytest.mark.parametrize(
    ("tenant", "domain", "fits"),
    [
        (None, None, True),
        (None, "Default", True),
        ("p", "Default", True),
        ("demo", None, True),
        ("demo", "B", True),
        ("demo", "b", True),
        ("demo", "Default", False),
        ("other", "B", False),
        ("None", None, False),
    ],
)
def test_a_name_is_one_in_its_domain(tenant: str | None, domain: str | None, fits: bool) -> None:
    assert is_for(OWN, tenant, domain) is fits


def test_a_refused_token_gives_way_to_the_password_of_the_same_user_once() -> None:
    password, opened = mock.Mock(), mock.Mock()
    login = TokenLogin(OWN, "http://keystone/v3", password)
    assert login.get_access(opened) is OWN
    assert login.invalidate() is True
    password.get_access.return_value = new = mock.Mock(user_id="u", project_id="p")
    assert login.get_access(opened) is new
    password.invalidate.return_value = False
    assert login.invalidate() is False
    new.user_id = "somebody"
    with pytest.raises(exceptions.Unauthorized):
        login.get_access(opened)
    assert TokenLogin(OWN, "http://keystone/v3", None).invalidate() is False
