"""Fuzzing of every reader of outside text: ``make fuzz``, or ``python -m fuzz``.

A target is a module of ``fuzz.targets`` that hands bytes to one reader. The reader may give
an answer or refuse with an error that it documents; nothing else may happen. ``fuzz/corpus``
has the inputs to begin with, a folder a target.
"""
