"""The embedded cloud's Keystone and Heat: their configuration, processes and accounts."""
