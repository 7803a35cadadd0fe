"""Run the demo: ``python -m disco.embedded.demo``."""

import sys

from disco.embedded.demo.command import main

sys.exit(main())
