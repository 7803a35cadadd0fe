"""What is done for each action of ``disco.clusters.actions``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from disco.clusters.ahead import ActionAhead
from disco.clusters.expiration import extend
from disco.clusters.monitoring import check_now
from disco.clusters.plan import Planner
from disco.clusters.retry import RetryRequest
from disco.clusters.scale import ScaleRequest
from disco.components.loader import Catalogue
from disco.components.worker_groups import read_workers
from disco.config import Settings
from disco.heat.stacks import Stack, Stacks
from disco.openstack.session import Login
from disco.openstack.side_by_side import Begun
from disco.status import health_check
from disco.status.events import master_answers
from disco.status.node_logs import NodeLogs

#: does an action; what is left to do afterwards may go on beside the rest of the request
Run = Callable[[Login, Stack, Mapping[str, str], ActionAhead], Begun[None] | None]


def action_table(
    settings: Settings, components: Catalogue, planner: Planner, nodes: NodeLogs
) -> Mapping[str, Run]:
    """The actions by their terms, for a service."""

    def resume_cluster(login: Login, stack: Stack, _: object, ahead: ActionAhead) -> None:
        health_check.ask(login, stack, read_workers(stack.attributes), ahead.reads)
        Stacks(login).resume(stack)

    def extend_cluster(
        login: Login, stack: Stack, asked: Mapping[str, str], ahead: ActionAhead
    ) -> Begun[None] | None:
        return extend(settings, components, login, stack, asked, ahead.credentials)

    def scale_cluster(
        login: Login, stack: Stack, asked: Mapping[str, str], ahead: ActionAhead
    ) -> None:
        ScaleRequest(login, stack, planner, asked, ahead).run()

    def retry_cluster(login: Login, stack: Stack, _: object, ahead: ActionAhead) -> None:
        answers = partial(master_answers, login, nodes, stack)
        RetryRequest(login, stack, planner, answers, ahead).run()

    return {
        "suspend": lambda login, stack, *_: Stacks(login).suspend(stack),
        "resume": resume_cluster,
        "extend": extend_cluster,
        "scale": scale_cluster,
        "retry": retry_cluster,
        "check": lambda login, stack, _, ahead: check_now(login, stack, ahead.reads),
    }
