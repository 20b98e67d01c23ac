"""Sweep files: what they may say, and how mistakes in them are answered.

Nothing here imports numba, pandas or matplotlib: the Snakefile reads sweeps in every job.
"""
