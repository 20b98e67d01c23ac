"""What the environment says of compiled kernels, checked before they are imported."""

import os
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


def check_threads() -> None:
    """Look at how many threads share the largest loops of a trial.

    Raises
    ------
    SweepError
        If ``GENPHASE_THREADS`` is no whole number from 1.
    """
    given = os.environ.get("GENPHASE_THREADS", "1")
    if not (given.isascii() and given.isdigit() and int(given) >= 1):
        mistake = Mistake(given, "this is no number of threads", "set a whole number, 1 or more")
        raise SweepError("GENPHASE_THREADS", [mistake])
