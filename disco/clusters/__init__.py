"""The use cases: create, list, show, scale, retry, suspend, resume, extend and delete clusters."""
