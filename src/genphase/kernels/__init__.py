"""Numba loops on arrays: no input or output, no randomness, no parameters as strings."""
