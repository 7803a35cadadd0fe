"""The commands of ``disco``: a module each.

A command is a module here with ``add_parser(subparsers)`` and ``run(args)``, which
gives the exit status. Modules whose names begin with an underscore are what
commands share.
"""
