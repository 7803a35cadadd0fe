"""From what the OpenStack clients raise to what DISCO answers.

The cloud's own words are passed on: they are the best there is. What it says
about credentials is kept short, because Keystone does not tell a wrong password
from a wrong project either.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

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
    Fault,
    Forbidden,
    InvalidRequest,
    NotFound,
    NotInCloud,
)
from disco.untrusted import Malformed, bounded_text, read_json_object

LOG = logging.getLogger(__name__)

REFUSED = "Keystone refused these credentials for this project."
REFUSED_HINT = (
    "Check X-Auth-Token, or X-User-Name, X-Password and X-Tenant-Name; a token may have expired."
)
#: characters of a sentence of the cloud's: a column of MySQL's type TEXT has as many bytes
MAX_MESSAGE = 64 * 1024
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

    Raises:
        AuthenticationFailed: 401, or no such user, project or domain.
        Forbidden: 403.
        NotFound: Heat says that it has no such stack, resource or event.
        NotInCloud: 404 of another service.
        Conflict: 409.
        InvalidRequest: 400, with the cloud's sentence.
        CloudTimeout: no answer in time.
        CloudUnavailable: no connection, or 503.
        CloudError: anything else the cloud did wrong.
    """
    try:
        yield
    except (exceptions.Unauthorized, heat_exceptions.HTTPUnauthorized) as error:
        raise refused() from error
    except exceptions.EndpointNotFound as error:
        # where it is known which are there, `endpoints` has said more
        message = f"The cloud's catalogue has no endpoint of the service {service}."
        raise CloudError(message, code="no-endpoint") from error
    except (exceptions.ConnectTimeout, exceptions.RequestTimeout) as error:
        raise CloudTimeout(f"The {service} service did not answer in time.") from error
    except exceptions.ConnectionError as error:
        if is_tls_failure(error):
            raise untrusted(f"The {service} service", error) from error
        raise CloudUnavailable(
            f"The {service} service cannot be reached.",
            hint="The cloud may be down, or design_uri may be wrong.",
        ) from error
    except exceptions.UnknownConnectionError as error:
        raise CloudUnavailable(f"The answer of the {service} service broke off.") from error
    except exceptions.HttpError as error:
        raise _by_status(service, error.http_status, error.message or "") from error
    except heat_exceptions.HTTPException as error:
        if error.code == 404 and _is_heats(error.message):
            raise NotFound(heat_message(error)) from error
        raise _by_status(service, error.code, heat_message(error)) from error
    except (requests.exceptions.JSONDecodeError, RecursionError) as error:
        raise CloudError(f"The {service} service answered with something that is not JSON.") from (
            error
        )
    except (exceptions.ClientException, heat_exceptions.BaseException) as error:
        raise CloudError(f"The {service} service: {tidy(str(error))}") from error


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


def _is_heats(body: object) -> bool:
    """Whether a 404 is Heat's own, of a stack or of a part of one, and not of an address."""
    with contextlib.suppress(Malformed, TypeError):
        return isinstance(read_json_object(body).get("error"), dict)  # type: ignore[arg-type]
    return False


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


def _by_status(service: str, status: int, message: str) -> Exception:
    said = tidy(message) or f"HTTP {status}"
    if service == "identity":
        said = _without_values(said)
    if status == 401:
        return refused()
    if status == 403:
        return Forbidden(f"The {service} service does not allow this: {said}")
    if status == 404:
        # of Heat it is no stack that is missing: that is told in Heat's own form
        kind = CloudError if service == "orchestration" else NotInCloud
        return kind(
            f"The {service} service does not know what DISCO asks for: {said}",
            hint="Its address in Keystone's catalogue may be wrong.",
        )
    if status == 409:
        return Conflict(said)
    if status in (400, 413):
        return InvalidRequest(f"The {service} service refused the request: {said}")
    if status in (502, 503):
        return CloudUnavailable(f"The {service} service is not available: {said}")
    if status == 504:
        return CloudTimeout(f"The {service} service did not answer in time: {said}")
    return CloudError(f"The {service} service failed: {said}")
