"""From what keystoneauth and requests raise to the errors of this library."""

from __future__ import annotations

from keystoneauth1 import exceptions

from disco.client.errors import DiscoClientError, NotAuthenticated, Unreachable
from disco.connection_failure import connection_failure

#: what to do when Keystone refuses or misses credentials
CREDENTIALS_HINT = "Check the OS_* variables, the cloud of clouds.yaml, or the --os-* options."


def service_error(error: exceptions.ClientException, base: str) -> DiscoClientError:
    """The error for a request to the service at ``base`` that got no answer."""
    if isinstance(error, exceptions.ConnectionError):
        reason = connection_failure(error)
        return Unreachable(
            f"Cannot connect to DISCO at {base} ({reason}). Is it running?",
            hint="Its address comes from --endpoint, DISCO, or Keystone's catalogue.",
        )
    return keystone_error(error, None, None)  # a token that was renewed on the way


def keystone_error(
    error: exceptions.ClientException, auth_url: str | None, region: str | None
) -> DiscoClientError:
    """The error for a token or a catalogue that Keystone did not give."""
    keystone = f"Keystone at {auth_url}" if auth_url else "Keystone"
    status = getattr(error, "http_status", None)
    if isinstance(error, exceptions.Unauthorized | exceptions.Forbidden):
        return NotAuthenticated(
            f"{keystone} refused the credentials ({status}).", status=status, hint=CREDENTIALS_HINT
        )
    if isinstance(error, exceptions.ConnectionError | exceptions.DiscoveryFailure):
        reason = connection_failure(error)
        return Unreachable(
            f"Cannot connect to {keystone} ({reason}).", hint="Check OS_AUTH_URL or --os-auth-url."
        )
    if isinstance(error, exceptions.HttpError):
        return Unreachable(f"{keystone} failed (it answered {status}).", status=status)
    place = f" in the region {region}" if region else ""
    text = str(error).rstrip(".")
    return NotAuthenticated(
        f"{keystone} gave no token{place}" + (f": {text}." if text else "."), hint=CREDENTIALS_HINT
    )
