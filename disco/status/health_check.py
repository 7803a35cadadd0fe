"""Whether a cluster works, after a resume or when asked: what its master told is read.

It is asked through its server's metadata, which Nova takes for a suspended server too, so
that it is there when the node goes on. It answers in a file of its log server, and on its
console where that is not reached. Heat's signals would not do: a handle's token is of the
stack's creation and expires, and a new one takes an update, after which the stack would
not be RESUME_COMPLETE any more.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from disco.errors import DiscoError
from disco.heat.reads import SERVICE, HeatReads
from disco.heat.stacks import Stack
from disco.heat.template.resize import MASTER
from disco.heat.template.stack import CHECKS
from disco.openstack.endpoints import COMPUTE, service_url
from disco.openstack.errors import cloud_errors
from disco.openstack.session import Login
from disco.status.console_log import console_logs
from disco.untrusted import Malformed, bounded_text, read_epoch_number, read_json_object
from disco.worker_numbers import master_name, write_ranges

LOG = logging.getLogger(__name__)

#: the master's metadata: "<number> <workers>", and the stack's tag where nodes answer it
ASK, TAG = "disco_check", CHECKS
#: the file of the log server, and what is before the same on the console
FILE = "/checked.json"
_SAID = "DISCO check "
#: lines of a console in which the answer is looked for; Nova reads them from the end
_LINES = 300
_MOST_TEXT = 2000
#: bytes of an answer, whose ``lines`` are those of a log
_MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Check:
    """What the master told of the last check.

    Attributes:
        number: seconds since the epoch when it was asked for.
        status: ``running``, ``passed`` or ``failed``.
        node, step, reason: of what failed.
        lines: the last ones of that step's log.
    """

    number: int
    status: str
    node: str = ""
    step: str = ""
    reason: str = ""
    lines: str = ""

    @classmethod
    def parse(cls, text: str) -> Check | None:
        """Read what the master wrote; None where it has another form."""
        try:
            told = read_json_object(text, max_bytes=_MOST_BYTES, max_depth=4, max_values=64)
            number = read_epoch_number(told.get("check"))
        except Malformed:
            return None
        status = told.get("status")
        if status not in ("running", "passed", "failed"):
            return None
        words = (bounded_text(told.get(name) or "", _MOST_TEXT) for name in _TEXTS)
        return cls(number, str(status), *words)


_TEXTS = ("node", "step", "reason", "lines")


def master_path(stack: Stack) -> str:
    """Where Heat says which server the master is."""
    return f"/stacks/{stack.path}/resources/{MASTER}"


def ask(
    login: Login, stack: Stack, workers: Collection[int], reads: HeatReads | None = None
) -> None:
    """Have the master check itself and these workers as soon as it runs.

    A cluster is resumed whether or not it can be asked, so this raises nothing.
    """
    if TAG not in stack.tags:
        return
    try:
        ask_now(login, stack, workers, reads)
    except DiscoError as error:
        LOG.warning("%s is resumed and not checked: %s", stack.cluster_id, error.message)


def ask_now(
    login: Login, stack: Stack, workers: Collection[int], reads: HeatReads | None = None
) -> None:
    """The same, for who wants to know; ``reads`` may have begun to ask which is the master.

    Raises:
        DiscoError: Heat does not name the master, or Nova does not take it.
    """
    told, date = (reads or HeatReads(login)).read_with_date(master_path(stack))
    with cloud_errors(SERVICE):
        master = told["resource"]["physical_resource_id"]
    with cloud_errors("compute"):
        # a template may name any text as what a resource is (its external_id)
        server = quote(str(master), safe="")
        url = f"{service_url(login, COMPUTE)}/servers/{server}/metadata"
        # it is compared with the times of Heat's that a stack has
        said = {ASK: f"{_cloud_time(date)} {write_ranges(workers)}"}
        login.session.post(url, json={"metadata": said})


def _cloud_time(date: str | None) -> int:
    """By the cloud's clock, which Heat's times are of, too."""
    try:
        # the longest that RFC 9110 allows has 33 characters
        return int(parsedate_to_datetime((date or "")[:40]).timestamp())
    except (ValueError, OverflowError):
        return int(time.time())


def read(login: Login, stack: Stack, log_server: Callable[[str], str | None]) -> Check | None:
    """The last check; ``log_server`` reads a file of the master's, None where that is silent."""
    text = log_server(FILE)
    if text is not None:
        return Check.parse(text)
    master = master_name(stack.attributes)
    consoles = console_logs(login, stack, [master], _LINES, 1)
    lines = (line.partition(_SAID)[2].rstrip() for line in consoles.get(master, "").split("\n"))
    answers = [text for text in lines if text.startswith("{") and text.endswith("}")]
    return Check.parse(answers[-1]) if answers else None
