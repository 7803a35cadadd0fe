"""The embedded cloud: a real Keystone and a real Heat on this machine, without an OpenStack."""
