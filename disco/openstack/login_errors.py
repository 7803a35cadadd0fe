"""From whatever happens at log-in to what DISCO answers: one place for all ways.

Between DISCO and a token are Keystone, proxies, portals that answer in its place, and
keystoneauth, which raises classes of its own for some answers and trips over others.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import requests
from keystoneauth1 import exceptions

from disco.errors import AuthenticationFailed, CloudError, Fault, NotInCloud
from disco.openstack.errors import cloud_errors
from disco.openstack.retrying_session import NotJson
from disco.untrusted import Malformed, one_line, read_json_object

NOT_KEYSTONE = "What answered in Keystone's place is not Keystone"
HINT = "Is design_uri in sm.cfg Keystone's address, and is no proxy between it and DISCO?"


@contextmanager
def login_errors() -> Iterator[None]:
    """Translate every error of a log-in; nothing else gets out.

    Raises:
        AuthenticationFailed: refused, or the account needs more than what was sent.
        DiscoError: as ``cloud_errors``; CloudError where what answered is not Keystone.
    """
    try:
        with cloud_errors("identity"):
            try:
                yield
            except exceptions.MissingAuthMethods as error:
                raise _needs_more(error.required_auth_methods) from error
            except exceptions.HttpError as error:
                _check_answer(error.response)
                # so Keystone says that it knows no such application credential
                if error.http_status == 404 and "could not find" in str(error.message).lower():
                    raise exceptions.Unauthorized("not known") from error
                raise
            except (exceptions.InvalidResponse, exceptions.DiscoveryFailure, NotJson) as error:
                raise CloudError(NOT_KEYSTONE + ".", hint=HINT) from error
            except requests.exceptions.JSONDecodeError:
                raise
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                message = "The identity service's answer cannot be read."
                raise CloudError(message, hint=HINT) from error
    except NotInCloud as error:
        # at log-in it is the address that Keystone does not know
        raise CloudError(f"{error.message.rstrip('.')}.", hint=HINT) from error


def _check_answer(answer: requests.Response | None) -> None:
    """Tell what is not Keystone's word on credentials from what is.

    Raises:
        CloudError: somebody else answered in its place.
    """
    if answer is None:
        return
    if 400 <= answer.status_code < 500 and answer.content and not _is_json(answer.content):
        kind = str(answer.headers.get("Content-Type", "")).partition(";")[0].strip()
        shown = f" with {one_line(kind, 100)}" if kind else ""
        raise CloudError(f"{NOT_KEYSTONE} ({answer.status_code}{shown}).", hint=HINT)


def _is_json(content: bytes) -> bool:
    with contextlib.suppress(Malformed):
        read_json_object(content)
        return True
    return False


def _needs_more(rules: object) -> AuthenticationFailed:
    """The answer to a password that is right and not enough."""
    ways = [" and ".join(sorted(map(str, rule), key=_password_first)) for rule in _lists(rules)]
    needs = f": {one_line(', or '.join(ways), 500)}" if ways else ""
    fault = Fault("X-Auth-Token", "missing", "a token made with all factors", "second-factor")
    return AuthenticationFailed(
        f"This account needs more than a password{needs}.",
        hint="Make a token with all factors (openstack token issue), and send it in X-Auth-Token.",
        faults=[fault],
        code="second-factor",
    )


def _lists(rules: object) -> Iterable[Sequence[object]]:
    return [rule for rule in rules if isinstance(rule, list)] if isinstance(rules, list) else []


def _password_first(method: str) -> tuple[bool, str]:
    return method != "password", method
