"""Between Falcon's requests and responses and OCCI messages."""
