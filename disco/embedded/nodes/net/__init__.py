"""Tenant networks: namespaces, egress, floating IPs and metadata."""
