"""Looks at a cloud and a project before the first cluster, and says what is to be mended."""
