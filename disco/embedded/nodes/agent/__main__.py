"""Run the node agent: ``python -m disco.embedded.nodes.agent``."""

import sys

from disco.embedded.nodes.agent.server import main

sys.exit(main())
