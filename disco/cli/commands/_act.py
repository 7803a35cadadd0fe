"""Acting on a cluster and waiting for the outcome."""

from __future__ import annotations

import argparse

from disco.cli.commands import _output, _session
from disco.cli.commands._status import Status
from disco.cli.commands._watch import Watch, progress_stream


def act(args: argparse.Namespace, action: str, state: str) -> int:
    """Invoke ``action`` on ``args.cluster``; it is done in ``state``."""
    client = _session.connect(args)
    before = _session.find(client, args.cluster)
    cluster = client.act(before.id, action)
    if args.wait:
        watch = Watch(progress_stream(args.output))
        cluster = client.wait(before.id, [state], args.timeout, watch, before.status)
    _output.show_cluster(cluster, args.output)
    return Status.DONE
