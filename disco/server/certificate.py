"""The service's own certificate, checked before it serves: a wrong one would end each worker."""

from __future__ import annotations

import logging
import ssl

from disco.config import Settings
from disco.errors import ConfigurationError, Fault

LOG = logging.getLogger(__name__)
FORM = "a certificate in PEM, with its chain, and its key in PEM without a password"


def check_certificate(settings: Settings) -> None:
    """Read both files as they will be used; without either there is nothing to check.

    Raises:
        ConfigurationError: one is missing or unreadable, or they do not fit together.
    """
    files = {"certificate": settings.certificate, "key": settings.key}
    if not any(files.values()):
        return
    for name, path in files.items():
        if path is None:
            raise _fault(name, "missing", "both certificate and key, or neither")
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            raise _fault(name, f"{path}: {error.strerror}", "a readable file") from error
    try:
        # without a password here one would be asked for on the terminal
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            str(settings.certificate), str(settings.key), password=lambda: b""
        )
    except (OSError, ValueError) as error:
        LOG.debug("the certificate cannot be used", exc_info=error)
        text = f"{settings.certificate} and {settings.key} cannot be used together"
        raise _fault("certificate", text, FORM) from error


def _fault(key: str, message: str, allowed: str) -> ConfigurationError:
    fault = Fault(f"[disco] {key}", message, allowed, "configuration")
    return ConfigurationError(str(fault), faults=[fault])
