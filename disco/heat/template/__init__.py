"""Heat templates and user data, from specifications: pure, no clock, no randomness, no client."""
