"""Heat's API and engine with the other services: ``python -m disco.embedded.control.heat_process``.

One process, because the messages between API and engine stay in memory.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import threading
from pathlib import Path
from typing import Any

from disco.embedded.control.child_process import child_arguments, serve
from disco.embedded.control.config_files import READ_ONLY_QUERY
from disco.embedded.control.node_host import node_host
from disco.embedded.patches import (
    ended_threads,
    late_checks,
    resource_update,
    rpc_wakeup,
    sync_points,
    task_pause,
    thread_limit,
    token_cache,
    tuple_text,
)
from disco.embedded.services.assembly import Services, build_services
from disco.embedded.services.records import Records
from disco.embedded.services.wsgi import mount
from disco.embedded.state_dir import StateDir, facts

THREADS = 24
PATCHES = (
    *(rpc_wakeup, token_cache, sync_points, resource_update),
    *(late_checks, thread_limit, task_pause, ended_threads, tuple_text),
)

LOG = logging.getLogger("disco.embedded.heat")


def _fail_interrupted_stacks() -> None:
    """Mark stacks FAILED whose action ended with the last process.

    Heat does so itself for stacks without convergence, and leaves the others
    to the message queue, which here is gone with the process.
    """
    from heat.common import context
    from heat.engine import stack as parser
    from heat.objects import stack as stack_object

    filters = {"status": parser.Stack.IN_PROGRESS, "convergence": True}
    admin = context.get_admin_context()
    for row in stack_object.Stack.get_all(admin, filters=filters, show_nested=True):
        try:
            stack = parser.Stack.load(context.get_admin_context(), stack=row)
            stack.reset_stack_and_resources_in_progress(
                f"Engine went down during stack {stack.action}"
            )
        except Exception:
            LOG.exception("Stack %s could not be marked as failed", row.id)


def _give_locks_back() -> None:
    """Free the resources that the last process was at work on.

    Heat asks for each whether that engine still answers, and waits two seconds to learn
    that it does not.
    """
    from heat.common import context
    from heat.db import api, models

    with api.context_manager.writer.using(context.get_admin_context()) as session:
        locked = session.query(models.Resource).filter(models.Resource.engine_id.is_not(None))
        locked.update({"engine_id": None}, synchronize_session=False)


def _configure(config_file: str, database: Path, *, migrate: bool) -> Any:
    """Read Heat's configuration, bring its database up to date; gives the configuration."""
    from oslo_service import backend

    backend.init_backend(backend.BackendType.THREADING)
    from heat.common import config, messaging
    from oslo_config import cfg
    from oslo_log import log

    from disco.embedded.patches import sqlite

    conf = cfg.CONF
    log.register_options(conf)
    conf([], project="heat", prog="heat-api", default_config_files=[config_file])
    log.setup(conf, "heat")
    config.set_config_defaults()
    sqlite.apply(database)
    from heat.db import api

    # transactions that only read have an engine of their own
    api.context_manager.configure(synchronous_reader=False)
    if migrate:
        from heat.db import migration

        sqlite.never_reuse_ids()
        migration.db_sync()
    sqlite.serialise_writers(READ_ONLY_QUERY)
    for patch in PATCHES:
        patch.apply()
    messaging.setup()
    return conf


def _restore(services: Services) -> None:
    try:
        services.restore()
    except Exception:  # what did come back can be used, and the rest deleted
        LOG.exception("Not everything came back after the restart")


def main() -> None:
    """Run Heat and the catalogues until SIGTERM."""
    arguments = child_arguments("heat")
    state = StateDir(arguments.state)
    os.umask(0o077)
    # where a stack stands still: what every thread is at, into heat.err
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    records = Records(state["resources.db"])
    host = node_host(state.path, arguments.nodes, records)
    migrate = state.marker().get("heat") != facts(arguments.port)["heat"]
    conf = _configure(str(state["heat"] / "heat.conf"), state["heat"] / "heat.db", migrate=migrate)

    from heat.common import config, policy
    from heat.engine import service
    from heat.rpc import api as rpc

    from disco.embedded.control import heat_clients

    services = build_services(records, host, state)
    heat_clients.connect(mount(services.trusted))
    engine = service.EngineService(conf.host, rpc.ENGINE_TOPIC)
    _give_locks_back()
    _fail_interrupted_stacks()
    services.clean()
    engine.start()
    threading.Thread(target=_restore, args=[services], name="restore", daemon=True).start()
    heat_api = config.load_paste_app("heat-api")
    # the first request would do so, and those beside it see half of the rules
    policy.get_enforcer().load_rules()
    application = mount({"/orchestration": heat_api, **services.public})
    serve(
        token_cache.with_token_cache(application), arguments.port + 1, THREADS, on_stop=engine.stop
    )


if __name__ == "__main__":
    main()
