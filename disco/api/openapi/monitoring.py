"""Parts of ``/openapi.json``: what the nodes of a cluster tell."""

from __future__ import annotations

from typing import Any

from disco.api.openapi.operations import KNOWN, UNCHANGED, answer, operation, parameter
from disco.clusters.health_view import ClusterHealth, ClusterHour
from disco.clusters.job_list import ClusterJobs
from disco.clusters.monitoring import LogText
from disco.occi.media import JSON


def monitoring(one: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    """The paths below the address of a cluster, with the parameters that all of them have."""
    return {
        f"{one}/health": {
            "parameters": parameters,
            "get": operation(
                "cluster_health", "How the cluster's nodes and daemons are now",
                {**answer(ClusterHealth, (JSON,)), **UNCHANGED}, parameters=[KNOWN],
                description=(
                    "The nodes tell so every five seconds. `unknown` is a cluster whose master is"
                    " not reached from the service, is suspended, or was made by an older DISCO."
                    " `check` is what the last check told (action `check`)."
                ),
            ),
        },
        f"{one}/metrics": {
            "parameters": parameters,
            "get": operation(
                "metrics", "CPU, memory, disk and network of the nodes in the last hour",
                {**answer(ClusterHour, (JSON,)), **UNCHANGED}, parameters=[KNOWN],
            ),
        },
        f"{one}/jobs": {
            "parameters": parameters,
            "get": operation(
                "jobs", "List the jobs of the cluster",
                {**answer(ClusterJobs, (JSON,)), **UNCHANGED}, parameters=[KNOWN],
                description=(
                    "Those that `disco job submit` has shown to the service. Nothing is told of"
                    " files, arguments and commands. `publish_key` is null for who may only look"
                    " at the cluster."
                ),
            ),
        },
        f"{one}/logs": {
            "parameters": parameters,
            "get": operation(
                "logs", "Read a log of a node, or what a job says",
                answer(LogText, (JSON,)),
                parameters=[
                    parameter(
                        "query", "job",
                        "The id of a job; `log` is `stdout` (without it) or `stderr` then. For"
                        " those who may change the cluster.",
                    ),
                    parameter("query", "node", "A host name; the master's without it."),
                    parameter(
                        "query", "log",
                        "`deployment` (without it), `events`, or a step such as `dask:installed`.",
                    ),
                    parameter(
                        "query", "after", "How many characters you have already.",
                        {"type": "integer", "minimum": 0},
                    ),
                ],
            ),
        },
    }  # fmt: skip
