"""The client library: clusters from a Python program.

It speaks HTTP to the service, and checks what that says before anything is made of it. Of DISCO
it imports attribute names and readers of foreign text alone.

    session = keystoneauth1.session.Session(auth=...)
    client = Client(session)
    cluster = client.create(ClusterRequest(image="debian-12", flavor="m1.small", ...))
    client.wait(cluster.id, timeout=900)
"""

from disco.client.client import (
    DEFAULT_ENDPOINT,
    SERVICE_TYPE,
    Client,
)
from disco.client.cluster import Cluster
from disco.client.cluster_list import ClusterList
from disco.client.errors import (
    AmbiguousName,
    BadRequest,
    CloudFailed,
    ClusterFailed,
    Conflict,
    DeadlineExceeded,
    DiscoClientError,
    Fault,
    Forbidden,
    InvalidAnswer,
    NotAuthenticated,
    NotFound,
    NotOffered,
    ServiceFailed,
    TooManyRequests,
    Unreachable,
)
from disco.client.event import EventPage
from disco.client.health import (
    Check,
    Daemon,
    Health,
    LogPart,
    Metrics,
    NodeHealth,
    NodeMetrics,
)
from disco.client.job import Job, JobList
from disco.client.node import Node
from disco.client.node_log import NodeLog
from disco.client.offered_kind import Kind, Offer
from disco.client.progress import NodeProgress, progress_of
from disco.client.request import ClusterRequest, RequestError

__all__ = [
    "DEFAULT_ENDPOINT",
    "SERVICE_TYPE",
    "AmbiguousName",
    "BadRequest",
    "Check",
    "Client",
    "CloudFailed",
    "Cluster",
    "ClusterFailed",
    "ClusterList",
    "ClusterRequest",
    "Conflict",
    "Daemon",
    "DeadlineExceeded",
    "DiscoClientError",
    "EventPage",
    "Fault",
    "Forbidden",
    "Health",
    "InvalidAnswer",
    "Job",
    "JobList",
    "Kind",
    "LogPart",
    "Metrics",
    "Node",
    "NodeHealth",
    "NodeLog",
    "NodeMetrics",
    "NodeProgress",
    "NotAuthenticated",
    "NotFound",
    "NotOffered",
    "Offer",
    "RequestError",
    "ServiceFailed",
    "TooManyRequests",
    "Unreachable",
    "progress_of",
]
