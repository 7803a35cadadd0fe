"""The services that stand for Nova, Glance, Neutron and Cinder."""
