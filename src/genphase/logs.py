"""Logs of jobs: progress, warnings and, where a job fails, the traceback."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def logged(path: str | Path) -> Iterator[None]:
    """Send what genphase logs to a file; an error is written there and ends the job.

    One that is told in full, see :class:`genphase.brought.Failed`, ends it without a traceback.
    """
    logger = logging.getLogger("genphase")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    except BaseException as error:
        if getattr(error, "told", False):
            logger.error("the job failed: %s", error)
            raise SystemExit(1) from None
        logger.exception("the job failed")
        raise
    finally:
        logger.removeHandler(handler)
        handler.close()
