"""Phase portraits of signal recovery with generative-network priors."""

import os

# A variable that is empty is one that is not set. Numba and the cache of kernels take it otherwise.
for _name in ("GENPHASE_CACHE", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR"):
    if os.environ.get(_name) == "":
        del os.environ[_name]
