"""What Keystone keeps for a cluster: made before its stack, and removed with it.

That is the application credential by which it ends itself, and its key for the object store.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from disco.attributes import STORAGE
from disco.clusters.expiration import undo_end, with_end
from disco.clusters.plan import ClusterPlan
from disco.clusters.storage import has_made_key, make_key
from disco.config import Settings
from disco.errors import CloudTimeout, CloudUnavailable, Conflict, DiscoError
from disco.heat.stacks import Stack
from disco.openstack.delete_credential import DeleteCredentials, End, Prepared
from disco.openstack.object_store import StorageKeys
from disco.openstack.session import Login
from disco.spec import ClusterSpec


@dataclass(frozen=True)
class Made:
    """What one create made in Keystone."""

    end: Prepared | None = None
    storage: bool = False


NOTHING = Made()


def needs_credentials(spec: ClusterSpec) -> bool:
    """Whether something is made in Keystone for the cluster."""
    return spec.ends or has_made_key(spec)


def make_credentials(
    settings: Settings, login: Login, plan: ClusterPlan
) -> tuple[ClusterPlan, Made]:
    """The plan with what was made for it.

    Raises:
        InvalidRequest: the object store cannot be used.
        CloudError: and its relatives, when a service fails.
    """
    end = None
    if has_made_key(plan.spec):
        make_key(login, plan.spec)
    try:
        if plan.spec.ends:
            plan, end = with_end(settings, login, plan)
    except DiscoError:
        if has_made_key(plan.spec):
            StorageKeys(login).remove([plan.spec.id])
        raise
    return plan, Made(end, has_made_key(plan.spec))


def undo_credentials(login: Login, cluster_id: str, made: Made, error: DiscoError) -> None:
    """After a create that Heat refused: remove what that create made.

    A stack that is there has the same key, and where Heat did not answer there may be one.
    """
    undo_end(login, cluster_id, made.end, error)
    if made.storage and not isinstance(error, CloudTimeout | CloudUnavailable | Conflict):
        StorageKeys(login).remove([cluster_id])


def begin_removal(login: Login, stack: Stack) -> Callable[[], None]:
    """Ask for those of a cluster that is to be deleted; what is given back removes them."""
    credentials, ends = DeleteCredentials(login), End.read(stack.parameters) is not None
    if ends:
        credentials.begin()

    def remove() -> None:
        if ends:
            credentials.remove([stack.cluster_id])
        if stack.attributes.get(STORAGE):
            StorageKeys(login).remove([stack.cluster_id])

    return remove


def remove_all_credentials(
    login: Login, cluster_ids: Sequence[str], of_this_heat: bool = False
) -> None:
    """Remove those of clusters of which no more is known; as ``DeleteCredentials.remove``."""
    DeleteCredentials(login).remove(cluster_ids, of_this_heat=of_this_heat)
    StorageKeys(login).remove(cluster_ids, of_this_heat=of_this_heat)
