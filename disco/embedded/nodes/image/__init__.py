"""The images that nodes boot from."""
