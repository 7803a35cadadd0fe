"""The network service (Neutron v2.0)."""
