"""Benchmarks that anybody can repeat: ``make bench`` measures, docs/performance.md shows.

Every figure is a ratio to an anchor that is measured in the same run, turn and turn about with
what it is an anchor for, so that a noisy machine is noisy for both.
"""
