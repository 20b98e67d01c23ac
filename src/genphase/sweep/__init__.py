"""Sweep files: what they may say, and how they become a grid of cells.

Nothing here imports numba, pandas or matplotlib: the Snakefile reads sweeps in every job.
"""
