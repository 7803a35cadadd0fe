"""The services of a cloud other than Heat: sessions, look-ups, quotas, credentials."""
