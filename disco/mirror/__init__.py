"""A folder with everything that frameworks are installed from."""
