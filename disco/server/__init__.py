"""The command service_manager, and the application in gunicorn."""
