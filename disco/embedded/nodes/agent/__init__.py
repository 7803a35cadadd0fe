"""The node agent, and what talks to it."""
