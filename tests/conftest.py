"""Fixtures that tests of any folder may use."""

from __future__ import annotations

from tests.support.cloud import embedded_cloud

__all__ = ["embedded_cloud"]
