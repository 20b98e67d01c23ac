"""Solvers: one file each, which names it and holds its options, its needs and its cost."""
