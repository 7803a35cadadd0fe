"""From what the OpenStack clients raise to what DISCO answers.

The cloud's own words are passed on: they are the best there is. What it says
about credentials is kept short, because Keystone does not tell a wrong password
from a wrong project either.
"""

from __future__ import annotations

import contextlib
import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime

import requests
from heatclient import exc as heat_exceptions
from keystoneauth1 import exceptions

from disco.connection_failure import connection_failure, is_tls_failure
from disco.errors import (
    AuthenticationFailed,
    CloudError,
    CloudTimeout,
    CloudUnavailable,
    Conflict,
    DiscoError,
    Fault,
    Forbidden,
    InvalidRequest,
    NotInCloud,
)
from disco.openstack.retrying_session import NotJson, NotUnderstood, UntrustedAddress
from disco.untrusted import Malformed, bounded_text, read_int, read_json_object

LOG = logging.getLogger(__name__)

REFUSED = "Keystone refused these credentials for this project."
REFUSED_HINT = (
    "Check X-Auth-Token, or X-User-Name, X-Password and X-Tenant-Name; a token may have expired."
)
#: characters of a sentence of the cloud's: a column of MySQL's type TEXT has as many bytes
MAX_MESSAGE = 64 * 1024
#: seconds after which a client may ask again at the latest, whatever a service says
_MAX_RETRY_S = 3600
#: for texts whose blanks are single; nothing in it can be tried twice, so that it is linear
REQUEST_ID = re.compile(
    r" ?\(Request-ID: [^()]{0,200}\)"
    r"|(?:\\n)? ?Neutron server returns request_ids: \[[^][]{0,2000}\]"
)
#: how the schemas that Keystone checks bodies with name a member, and show what it is in
_FIELD = re.compile(r"Invalid input for field '([A-Za-z0-9_./-]{1,100})'")
_INSTANCE = re.compile(r"Failed validating|On instance")


@contextmanager
def cloud_errors(service: str) -> Iterator[None]:
    """Translate every error of a call to ``service`` ("identity", "orchestration", ...).

    An answer in a form that cannot be read is among them: whatever reading it raises. Where
    another service failed on the way, such as Keystone with a new token, that one is named.

    Raises:
        AuthenticationFailed: 401, or no such user, project or domain.
        Forbidden: 403.
        NotInCloud: 404.
        Conflict: 409.
        InvalidRequest: 400, with the cloud's sentence.
        CloudTimeout: no answer in time.
        CloudUnavailable: no connection, 503, or 429; with the service's ``Retry-After``.
        CloudError: anything else the cloud did wrong.
    """
    try:
        yield
    except exceptions.ClientException as error:
        raise _of_keystoneauth(getattr(error, "service", service), error) from error
    except heat_exceptions.HTTPException as error:
        told = _body_of(error.message) is not None
        raise _by_status(service, error.code, heat_message(error), told) from error
    except heat_exceptions.BaseException as error:
        raise CloudError(f"The {service} service: {tidy(str(error))}") from error
    except (requests.exceptions.JSONDecodeError, RecursionError) as error:
        raise _not_json(service) from error
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        # what cannot be read of Keystone's may be a secret
        shown = service != "identity"
        LOG.warning("an answer of the %s service cannot be read", service, exc_info=shown)
        raise CloudError(f"The {service} service answered in an unknown form.") from error


def _of_keystoneauth(service: str, error: exceptions.ClientException) -> Exception:
    """An error of a call, or of a log-in, as ours."""
    if isinstance(error, exceptions.HttpError):
        return _of_answer(service, error)
    if isinstance(error, exceptions.EndpointNotFound):
        # where it is known which are there, `endpoints` has said more
        message = f"The cloud's catalogue has no endpoint of the service {service}."
        return CloudError(message, code="no-endpoint")
    if isinstance(error, exceptions.ConnectTimeout):
        return CloudTimeout(f"The {service} service did not answer in time.")
    if isinstance(error, exceptions.ConnectionError) and is_tls_failure(error):
        return untrusted(f"The {service} service", error)
    if isinstance(error, exceptions.ConnectFailure):
        return CloudUnavailable(
            f"The {service} service cannot be reached, or broke off its answer.",
            hint="The cloud may be down, or design_uri may be wrong.",
        )
    if isinstance(error, exceptions.UnknownConnectionError):
        return CloudError(f"The {service} service sent an answer that cannot be read.")
    if isinstance(error, NotJson):
        return _not_json(service)
    if isinstance(error, NotUnderstood):
        return CloudError(f"The {service} service answered in an unknown form: {tidy(str(error))}.")
    if isinstance(error, UntrustedAddress):
        return CloudError(
            f"The {service} service cannot be used: {tidy(str(error))}.",
            hint="The cloud's catalogue has to name the address that DISCO is to use.",
        )
    return CloudError(f"The {service} service: {tidy(str(error))}")


def says_itself(error: exceptions.HttpError) -> bool:
    """Whether a service said so itself, in JSON, and not a proxy before it."""
    return error.response is not None and _body_of(error.response.content) is not None


def _of_answer(service: str, error: exceptions.HttpError) -> Exception:
    """What a service answered with a status of 4xx or 5xx, as ours."""
    answer = error.response
    said = str(error.message or "")
    found = _by_status(service, error.http_status, said, says_itself(error))
    if isinstance(found, CloudUnavailable) and answer is not None:
        found.retry_after = _retry_after(answer.headers.get("Retry-After"), found.retry_after)
    return found


def _retry_after(text: str | None, otherwise: int) -> int:
    """Seconds, from a header that has them or a date (RFC 9110), an hour at most."""
    seconds: float | None = None
    with contextlib.suppress(Malformed):
        seconds = read_int((text or "").strip(), 0, 10**9)
    if text and seconds is None:
        with contextlib.suppress(ValueError, OverflowError):
            seconds = parsedate_to_datetime(text[:40]).timestamp() - time.time()
    return otherwise if seconds is None else int(min(max(seconds, 1), _MAX_RETRY_S))


def _not_json(service: str) -> CloudError:
    return CloudError(f"The {service} service answered with something that is not JSON.")


def _body_of(text: str | bytes | None) -> dict[str, object] | None:
    """The object that services put errors in; None for an answer that is none of theirs."""
    with contextlib.suppress(Malformed, TypeError):
        return read_json_object(text or "")
    return None


def refused() -> AuthenticationFailed:
    """The answer to credentials that Keystone does not take."""
    fault = Fault("X-Auth-Token", "refused, or user, password or project are", None, "refused")
    return AuthenticationFailed(REFUSED, hint=REFUSED_HINT, faults=[fault])


def untrusted(what: str, error: BaseException) -> CloudError:
    """The answer where TLS to a service of the cloud fails; ``what`` begins the sentence."""
    return CloudError(
        f"{what} cannot be reached: {connection_failure(error)}.",
        hint="Set verify in [disco] of sm.cfg to a file with the certificates of the cloud's CA.",
        code="untrusted-certificate",
    )


def heat_message(error: heat_exceptions.HTTPException) -> str:
    """Heat's sentence out of the JSON that wraps it."""
    text: object = None
    with contextlib.suppress(Malformed, TypeError, LookupError):
        body = read_json_object(error.message)
        text = body["error"]["message"] if "error" in body else body["explanation"]
    if not isinstance(text, str):
        text = ""
        # heatclient's own rendering fails where the JSON has another form
        with contextlib.suppress(AttributeError, LookupError, TypeError):
            text = str(error)
    return tidy(text)


def tidy(message: str) -> str:
    """The cloud's sentence on one line, without request ids of its services.

    At most 65,536 characters of it, so that it costs no more than that to read.
    """
    words = " ".join(bounded_text(message, MAX_MESSAGE).split())
    return REQUEST_ID.sub("", words).strip().removeprefix("ERROR: ")


def _without_values(said: str) -> str:
    """Keystone's words on a malformed log-in, which repeat it with the password in it."""
    if field := _FIELD.search(said):
        return f"Invalid input for field '{field[1]}'."
    if _INSTANCE.search(said):
        return "The log-in is not of the form that Keystone reads."
    return said


def _by_status(service: str, status: int, message: str, told: bool) -> DiscoError:
    said = tidy(message) or f"HTTP {status}"
    if service == "identity":
        said = _without_values(said)
    if status == 401:
        return refused()
    if status == 403:
        return Forbidden(f"The {service} service does not allow this: {said}")
    if status == 404:
        return NotInCloud(
            f"The {service} service does not know what DISCO asks for: {said}",
            hint="Its address in Keystone's catalogue may be wrong.",
            by_service=told,
        )
    if status == 409:
        return Conflict(said)
    if status in (400, 413):
        return InvalidRequest(f"The {service} service refused the request: {said}")
    if status == 429:
        return CloudUnavailable(f"The {service} service wants fewer requests: {said}")
    if status in (502, 503):
        return CloudUnavailable(f"The {service} service is not available: {said}")
    if status in (408, 504):
        return CloudTimeout(f"The {service} service did not answer in time: {said}")
    return CloudError(f"The {service} service failed: {said}")
