"""Figures: functions from a table to a matplotlib Figure."""

import genphase.backend  # noqa: F401, before anything here loads matplotlib
