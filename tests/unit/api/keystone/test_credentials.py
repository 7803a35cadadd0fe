"""Whose request it is: headers first, then the attributes that the original's clients send."""

from __future__ import annotations

import falcon
import pytest
from falcon import testing

from disco.api.keystone.credentials import read_credentials

ATTRIBUTES = {
    "icclab.disco.deployer.username": "from-attribute",
    "icclab.disco.deployer.password": "its-password",
    "icclab.disco.deployer.region": "RegionTwo",
}


def request(**headers: str) -> falcon.Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return falcon.Request(testing.create_environ(headers=named))


def test_headers_come_before_attributes() -> None:
    read = read_credentials(request(X_User_Name="alice", X_Tenant_Name=" demo "), ATTRIBUTES)
    assert (read.username, read.password, read.tenant) == ("alice", "its-password", "demo")
    assert read.region == "RegionTwo"
    assert (read.user_domain, read.project_domain) == ("Default", None)


@pytest.mark.parametrize("text", ["$OS_USERNAME", "${OS_USERNAME}", "$TOKEN", "  ", ""])
def test_a_shell_variable_that_stayed_one_is_no_value(text: str) -> None:
    assert read_credentials(request(X_User_Name=text)).username is None
    assert read_credentials(request(X_User_Name=text), ATTRIBUTES).username == "from-attribute"


def test_a_password_may_begin_with_a_dollar_sign() -> None:
    assert read_credentials(request(X_Password="$ecret")).password == "$ecret"


def test_an_application_credential_and_domains() -> None:
    read = read_credentials(
        request(
            X_Application_Credential_Id="id",
            X_Application_Credential_Secret="s",
            X_User_Domain_Name="people",
        )
    )
    assert (read.application_credential_id, read.application_credential_secret) == ("id", "s")
    assert read.user_domain == "people"
