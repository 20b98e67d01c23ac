"""Load matplotlib without what a terminal's MPLBACKEND says.

That is not for the figures of sweeps, which open no window; an unknown one would keep matplotlib
from loading.
"""

import os
import sys

if "matplotlib" not in sys.modules:
    _backend = os.environ.pop("MPLBACKEND", None)
    import matplotlib as mpl

    assert mpl
    if _backend is not None:
        os.environ["MPLBACKEND"] = _backend
