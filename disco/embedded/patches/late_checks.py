"""Heat's checks of resources that are gone."""

from __future__ import annotations

from typing import Any


def ignore_late_checks() -> None:
    """Let a check of a resource end quietly when another check has removed it meanwhile.

    Heat may send two to a resource whose stack is deleted while it is made. It ignores one that
    comes too late, but for the moment when that waits for the resource's lock: then
    a stack that was deleted becomes DELETE_FAILED.
    """
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
