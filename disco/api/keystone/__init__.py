"""Callers' credentials, and the token endpoints that the dashboards use."""
