"""Figures: functions from a table to a matplotlib Figure."""

import os
import sys

# What a terminal's MPLBACKEND says is not for these figures, which open no window; an unknown one
# would keep matplotlib from loading.
if "matplotlib" not in sys.modules:
    _backend = os.environ.pop("MPLBACKEND", None)
    import matplotlib as mpl

    assert mpl
    if _backend is not None:
        os.environ["MPLBACKEND"] = _backend
