"""DISCO under load and attack for minutes: ``make soak``, or ``python -m soak``.

Several users work while hostile clients beside them stall, hang up and wait. Nobody may get an
error but backpressure, and the service must be afterwards what it was before.
"""
