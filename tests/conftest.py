"""Fixtures that tests of any folder may use."""

from __future__ import annotations

import hypothesis

from tests.support.cloud import embedded_cloud

__all__ = ["embedded_cloud"]

# a busy machine must not fail a test of what is computed, not how fast
hypothesis.settings.register_profile("disco", deadline=None)
hypothesis.settings.load_profile("disco")
