"""nova-compute that finds drivers beside this file as well: Nova looks in ``nova.virt`` only."""

from __future__ import annotations

import os
import sys

import nova.virt  # type: ignore[import-not-found]
from nova.cmd import compute  # type: ignore[import-not-found]

nova.virt.__path__.append(os.path.dirname(os.path.abspath(__file__)))
sys.exit(compute.main())
