"""Serving the application: the command service_manager, and gunicorn."""
