"""Heat's checks of resources that are gone.

Heat may send two checks to a resource whose stack is deleted while it is made. It ignores the
later one, unless that one is waiting for the resource's lock just then: the deleted stack becomes
DELETE_FAILED. This replaces the method that waits for the lock.
"""

from __future__ import annotations

from typing import Any

REPLACED = ("heat.engine.check_resource:CheckResource._do_check_resource",)
USED = ("heat.objects.resource:Resource.get_obj",)
READ_FOR = {"openstack-heat": "27.0.1"}


def apply() -> None:
    """Let a check of a resource end quietly when another check has removed it meanwhile."""
    from heat.common import exception
    from heat.engine.check_resource import CheckResource
    from heat.objects.resource import Resource

    check = CheckResource._do_check_resource

    def check_unless_gone(
        worker: Any, context: Any, traversal: str, template: Any, data: Any, is_update: bool,
        resource: Any, *more: Any,
    ) -> Any:  # fmt: skip
        try:
            return check(worker, context, traversal, template, data, is_update, resource, *more)
        except exception.NotFound:
            try:
                Resource.get_obj(context, resource.id, refresh=True, fields={"engine_id"})
            except exception.NotFound:
                return False, False, None
            raise

    CheckResource._do_check_resource = check_unless_gone
