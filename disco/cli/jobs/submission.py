"""A job that is to be submitted: what runs which files, decided before anything is sent."""

from __future__ import annotations

import argparse
import contextlib
import getpass
import hashlib
import inspect
import json
import secrets
import socket
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from disco.attributes import FRAMEWORKS
from disco.cli import ssh_access
from disco.cli.exit_status import CommandError, Status
from disco.cli.jobs import publisher, runner
from disco.cli.jobs.channel import Channel
from disco.cli.jobs.choice import check_names, choose
from disco.cli.jobs.kinds import JobKind, Offered
from disco.cli.jobs.records import ID, Job, shown_words
from disco.cli.jobs.transfer import check_files, write_files
from disco.cli.nodes import list_nodes
from disco.client import DiscoClientError

if TYPE_CHECKING:
    from disco.client import Client, Cluster

#: characters of the words of a command line, within what Linux takes
MAX_WORDS = 100_000
#: what the master's port 8084 shows
WEB = "/home/ubuntu/webserver"


@dataclass(frozen=True)
class Submission:
    """What is to run.

    Attributes:
        kind: how.
        paths: its file, and what else is sent.
        arguments: for the file.
        options: for the framework's own command.
    """

    kind: JobKind
    paths: Sequence[Path]
    arguments: Sequence[str]
    options: Sequence[str]

    @property
    def words(self) -> list[str]:
        """The file and its arguments, as on a command line in the job's folder."""
        name = self.paths[0].name
        # a name that begins with a hyphen is no option
        return [f"./{name}" if name.startswith("-") else name, *self.arguments]

    @property
    def digest(self) -> str:
        """What tells it from another one: a record is shown in short."""
        asked = [self.kind.name, self.words, list(self.options)]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()

    def is_of(self, job: Job) -> bool:
        """Whether a job that is there is this one."""
        if job.digest:
            return job.digest == self.digest
        shown = (self.kind.name, shown_words(self.words), shown_words(list(self.options)))
        return shown == (job.framework, job.words, job.options)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the file of a job, its arguments, and how it is run."""
    parser.add_argument("program", metavar="FILE", help="program to run: .py, .jar, .sql or .sh")
    parser.add_argument(
        "arguments",
        metavar="ARGUMENT",
        nargs="*",
        help="argument for the program; put -- before those that begin with a hyphen",
    )
    parser.add_argument(
        "--framework",
        metavar="FRAMEWORK",
        help="what runs it, such as spark, flink, dask, ray, mapreduce or python"
        " (default: as the file and the cluster tell)",
    )
    parser.add_argument(
        "--with",
        dest="files",
        action="append",
        default=[],
        metavar="FILE",
        help="send another file or folder, too; may be repeated",
    )
    parser.add_argument(
        "--option",
        dest="job_options",
        action="append",
        default=[],
        metavar="WORD",
        help="word for the framework's own command, such as --option=--verbose; may be repeated",
    )
    parser.add_argument(
        "--private",
        action="store_true",
        help="keep the job from the service and its dashboard, which else tell of it",
    )


def job_id(text: str) -> str:
    """The type of options that name a job.

    Raises:
        ArgumentTypeError: no job can have this name.
    """
    if not ID.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f'Invalid job id "{text}". Use at most 40 lower-case letters, digits and hyphens.'
        )
    return text


def new_id() -> str:
    """A name for a job that sorts by time."""
    return f"{time.strftime('%m%d-%H%M%S')}-{secrets.token_hex(2)}"


def prepare(
    offered: Offered, args: argparse.Namespace, there: Collection[str] | None
) -> Submission:
    """What the options of ``add_options`` ask for.

    Args:
        offered: what the service can run.
        args: the options.
        there: components of the cluster; None: the cluster is still to be made.

    Raises:
        CommandError: a file cannot be sent, or it cannot be told what runs it.
    """
    paths = check_files([args.program, *args.files])
    words = [*args.arguments, *args.job_options]
    if sum(map(len, words)) > MAX_WORDS or any("\0" in word for word in words):
        raise CommandError(
            f"The arguments are longer than {MAX_WORDS} characters.",
            Status.USAGE,
            "Send them in a file, with --with.",
        )
    kind = choose(offered, paths[0], args.framework, there)
    check_names(offered, paths)
    return Submission(kind, paths, args.arguments, args.job_options)


def submit(
    channel: Channel, submission: Submission, name: str, publish_key: str | None = None
) -> Job:
    """Send a job and let it run; one that is there already is not run again.

    Args:
        channel: to the master.
        submission: what is to run.
        name: of the job.
        publish_key: where the service looks for what it tells of jobs; None: it tells nothing.

    Raises:
        CommandError: it cannot be sent or run, or another job has its name.
    """
    kind = submission.kind
    record = {
        "framework": kind.name,
        "words": submission.words,
        "options": list(submission.options),
        "command": kind.command,
        "stop": kind.stop,
        "by": _whoami(),
        "digest": submission.digest,
    }
    found = channel.find(name)
    if found is not None and _checked(found, submission).started is not None:
        return found
    files = {"runner.py": inspect.getsource(runner)}
    if publish_key:
        files["publisher.py"] = inspect.getsource(publisher)
        files["web.json"] = json.dumps({"root": WEB, "key": publish_key})
    request = {"job": name, "record": record, "files": files}

    def write(stream: IO[bytes]) -> None:
        write_files(submission.paths, stream)

    # somebody else may have sent another one of this name meanwhile
    return _checked(channel.submit(request, None if found else write), submission)


def _checked(found: Job, submission: Submission) -> Job:
    if submission.is_of(found):
        return found
    raise CommandError(
        f"The cluster has another job {found.id}: {' '.join(found.words)[:200]}.",
        Status.CONFLICT,
        "Use another --id.",
    )


def _whoami() -> str:
    with contextlib.suppress(OSError, KeyError):
        return f"{getpass.getuser()}@{socket.gethostname()}"
    return ""


def publish_key(client: Client, cluster: Cluster, args: argparse.Namespace) -> str | None:
    """Where the service looks for what it tells of a cluster's jobs.

    None: the job is private, the service is older, or the caller may not change the cluster.
    """
    if args.private:
        return None
    try:
        return client.jobs(cluster.id).publish_key
    except DiscoClientError:  # the job runs without it as well
        return None


def components_of(offered: Offered, cluster: Cluster) -> set[str]:
    """The components that a cluster has: those asked for, and those that came with them."""
    resolved = filter(None, cluster.attributes.get(FRAMEWORKS, "").split("+"))
    return offered.components_of([*cluster.frameworks, *resolved])


@contextlib.contextmanager
def channel_to(client: Client, cluster: Cluster, args: argparse.Namespace) -> Iterator[Channel]:
    """Calls of a cluster's master, until the end of the block; raises as `ssh_access.access`."""
    nodes = list_nodes(client, cluster)
    with ssh_access.access(cluster, nodes, args) as access:
        yield Channel(access)
