"""Whether the folder of compiled kernels can be used, told before numba finds that it cannot."""

import tempfile

from genphase.errors import Mistake, SweepError
from genphase.files import cache_base


def check_cache() -> None:
    """Make the folder of compiled kernels, and write a file there.

    Raises
    ------
    SweepError
        If that cannot be done: it names the folder, and what to set.
    """
    folder = cache_base()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"kernels")
    except OSError as error:
        text = f"compiled kernels cannot be kept there: {error.strerror or error}"
        remedy = "set GENPHASE_CACHE to a folder that you can write to"
        raise SweepError("GENPHASE_CACHE", [Mistake(str(folder), text, remedy)]) from None
