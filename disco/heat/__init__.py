"""From an install plan to a stack, and the clients of the cloud that runs it."""
