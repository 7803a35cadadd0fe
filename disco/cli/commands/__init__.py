"""The commands of ``disco``: a module each.

A command has ``add_parser(subparsers)`` and ``run(args)``, which returns the exit status.
What commands share is in ``disco.cli``.
"""
