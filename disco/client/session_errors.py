"""From what keystoneauth and others below raise to the errors of this library.

Whatever happens between a program and its token ends here: keystoneauth and its plug-ins raise
classes of their own, plain exceptions, and what they trip over.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import requests
from keystoneauth1 import exceptions

from disco.client.errors import DiscoClientError, NotAuthenticated, Unreachable
from disco.client.plain_text import plain_text
from disco.connection_failure import causes_of, connection_failure, is_connection_failure
from disco.untrusted import Malformed, read_json

#: what to do when Keystone refuses or misses credentials
CREDENTIALS_HINT = "Check the OS_* variables, the cloud of clouds.yaml, or the --os-* options."
SOURCE_HINT = (
    "Source an openrc, which sets OS_AUTH_URL, OS_USERNAME and OS_PASSWORD; choose a cloud of"
    " clouds.yaml with --os-cloud; or use --os-*."
)
DOMAINS_HINT = (
    "Users and projects are of domains: set OS_USER_DOMAIN_NAME and OS_PROJECT_DOMAIN_NAME"
    " (Default on many clouds), or their ids."
)
PROXIES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
#: what follows Keystone's sentence on a wrong request, and is of no use here
_NOISE = re.compile(
    r" The server could not comply.*| \(HTTP \d+\)| \(Request-ID: [^()]{0,200}\)", re.S
)
#: characters of a foreign sentence
MAX_TEXT = 500


def service_error(error: Exception, base: str) -> DiscoClientError:
    """The error for a request to the service at ``base`` that got no answer."""
    if isinstance(error, exceptions.ConnectionError | requests.RequestException | OSError):
        reason = connection_failure(error)
        hint = "Its address comes from --endpoint, DISCO, or Keystone's catalogue."
        return Unreachable(
            f"Cannot connect to DISCO at {base} ({reason}). Is it running?",
            hint=_trust_hint(error) or hint,
        )
    if urlsplit(base).scheme not in ("http", "https"):
        return Unreachable(
            f"{base} is no address of a DISCO.",
            hint="It begins with http:// or https://, as --endpoint or DISCO has it.",
        )
    return keystone_error(error, None, None)  # a token that was renewed on the way


@contextmanager
def keystone_errors(auth_url: str | None, region: str | None) -> Iterator[None]:
    """Around all that asks Keystone.

    Raises:
        DiscoClientError: whatever was raised within.
    """
    try:
        yield
    except DiscoClientError:
        raise
    except Exception as error:
        raise keystone_error(error, auth_url, region) from error


def keystone_error(error: Exception, auth_url: str | None, region: str | None) -> DiscoClientError:
    """The error for a token or a catalogue that Keystone did not give."""
    keystone = f"Keystone at {auth_url}" if auth_url else "Keystone"
    if isinstance(error, exceptions.MissingAuthMethods):
        return _second_factor(error)
    if (wrong := _wrong_address(auth_url)) is not None:
        return wrong
    if is_connection_failure(error):
        hint = "Check OS_AUTH_URL or --os-auth-url"
        proxies = [name for name in PROXIES if os.environ.get(name)]
        more = f", and {proxies[0]} and no_proxy." if proxies else "."
        return Unreachable(
            f"Cannot connect to {keystone} ({connection_failure(error)}).",
            hint=_trust_hint(error) or hint + more,
        )
    if isinstance(error, exceptions.HttpError):
        return _by_answer(error, keystone, auth_url)
    if isinstance(error, OSError) and "certificate" in str(error):
        hint = "Check OS_CACERT, OS_CERT and OS_KEY."
        return _refused("A file of certificates cannot be read", hint, error)
    if isinstance(error, UnicodeError):
        return _refused("The credentials are not text in UTF-8", CREDENTIALS_HINT)
    if isinstance(error, exceptions.EndpointNotFound):
        place = f" in the region {region}" if region else ""
        return _refused(f"{keystone} has no address of DISCO{place}", CREDENTIALS_HINT, error)
    if missing := missing_variables(error):
        return _refused(f"{missing} is missing", SOURCE_HINT)
    for cause in causes_of(error):
        if isinstance(cause, exceptions.HttpError) and cause.http_status >= 500:
            return _by_answer(cause, keystone, auth_url)
    if isinstance(error, exceptions.DiscoveryFailure | exceptions.InvalidResponse) or not (
        isinstance(error, exceptions.ClientException)
    ):
        place = auth_url or "OS_AUTH_URL"
        return _refused(f"What answers at {place} is not Keystone", _address_hint())
    return _refused(f"{keystone} gave no token", CREDENTIALS_HINT, error)


def _by_answer(
    error: exceptions.HttpError, keystone: str, auth_url: str | None
) -> DiscoClientError:
    """The error for an answer of Keystone's, or of what stands in its place."""
    status, answer = error.http_status, error.response
    if status < 500 and isinstance(answer, requests.Response) and not _is_json(answer):
        kind = plain_text(answer.headers.get("Content-Type", "").partition(";")[0][:100])
        shown = f"{status} with {kind}" if kind else str(status)
        text = f"What answers at {auth_url or 'OS_AUTH_URL'} is not Keystone ({shown})"
        return _refused(text, _address_hint(), status=status)
    # Keystone says 404 of an application credential that it does not know
    unknown = isinstance(error, exceptions.NotFound) and "could not find" in str(error).lower()
    if unknown or isinstance(error, exceptions.Unauthorized | exceptions.Forbidden):
        return _refused(
            f"{keystone} refused the credentials ({status})", CREDENTIALS_HINT, None, status
        )
    if isinstance(error, exceptions.NotFound):
        return _refused(f"There is no {keystone} (404)", _address_hint(), None, status)
    if status < 500 and "identity/password/user" in str(error):
        return _refused("OS_USERNAME is missing", SOURCE_HINT, None, status)
    if status < 500:
        text = f"{keystone} does not take these credentials ({status})"
        hint = DOMAINS_HINT if "domain" in str(error) else CREDENTIALS_HINT
        return _refused(text, hint, error, status)
    return Unreachable(f"{keystone} failed (it answered {status}).", status=status)


def _is_json(answer: requests.Response) -> bool:
    """Whether an answer is in Keystone's form; one without a body may be."""
    try:
        return not answer.content or isinstance(read_json(answer.content), dict)
    except Malformed:
        return False


def _refused(
    text: str, hint: str, error: Exception | None = None, status: int | None = None
) -> NotAuthenticated:
    said = plain_text(str(error)[:MAX_TEXT]) if error else ""
    said = _NOISE.sub("", said).strip().rstrip(".")
    return NotAuthenticated(f"{text}: {said}." if said else f"{text}.", hint=hint, status=status)


def _second_factor(error: exceptions.MissingAuthMethods) -> NotAuthenticated:
    rules = error.required_auth_methods
    ways = [
        " and ".join(sorted(map(str, rule), key=lambda method: (method != "password", method)))
        for rule in rules
        if isinstance(rule, list)
    ]
    needs = f": {plain_text(', or '.join(ways)[:MAX_TEXT])}" if ways else ""
    return NotAuthenticated(
        f"This account needs more than a password{needs}.",
        status=401,
        code="second-factor",
        hint="Make a token with all factors (openstack token issue); then set OS_TOKEN and"
        " OS_AUTH_TYPE=v3token, and unset OS_USERNAME and OS_PASSWORD.",
    )


def _wrong_address(auth_url: str | None) -> NotAuthenticated | None:
    """What is wrong with Keystone's address, if that can be seen."""
    if auth_url is None:
        return None
    url = auth_url.rstrip("/")
    for end in ("/auth/tokens", "/tokens"):
        if url.endswith(end):
            right = url.removesuffix(end)
            return _refused(f"{url} is where tokens are made", f"Set OS_AUTH_URL={right}.")
    if url.endswith("/v2.0"):
        right = f"{url.removesuffix('/v2.0')}/v3"
        text = f"{url} is of Keystone's second API, which OpenStack does not have any more"
        return _refused(text, f"Set OS_AUTH_URL={right}.")
    try:
        parts = urlsplit(url)
        right_form = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        right_form = False
    if not right_form or any(c.isspace() for c in url):
        text = f'"{plain_text(url[:100])}" is no address of Keystone'
        return _refused(text, "Set OS_AUTH_URL, such as https://cloud.example.org:5000/v3.")
    return None


def missing_variables(error: Exception) -> str:
    """The variables that a plug-in needs and was not given."""
    if isinstance(error, exceptions.MissingRequiredOptions):
        return " and ".join(f"OS_{option.dest.upper()}" for option in error.options)
    if isinstance(error, exceptions.MissingAuthPlugin):
        return "OS_AUTH_URL"
    # keystoneauth's plug-in for passwords raises a plain exception
    return "OS_PASSWORD" if str(error) == "password is a required attribute" else ""


def _address_hint() -> str:
    proxies = [name for name in PROXIES if os.environ.get(name)]
    also = f" {proxies[0]} is set: does no_proxy have Keystone's host?" if proxies else ""
    return f"Check OS_AUTH_URL, such as https://cloud.example.org:5000/v3.{also}"


def _trust_hint(error: BaseException) -> str | None:
    if "certificate" not in connection_failure(error):
        return None
    return "Set OS_CACERT or --os-cacert to a file with the certificates of the cloud's CA."
