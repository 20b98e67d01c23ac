"""What files of a sweep were made from, kept beside them as content and compared with it.

Each job of a sweep writes a record of its recipe and of the checksums of its files. A later run,
from wherever, compares with these records: by content, never by times, and without Snakemake's
memory of earlier runs.
"""

import json
import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple
from uuid import uuid4

from genphase.canonical import canonical, digest
from genphase.files import checksum, write_whole

FORMAT = 1
FOLDER = "provenance"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What decides the files that a job of a sweep makes.

    job : its name within the sweep, such as ``trials`` or ``figures/portrait``.
    content : all that they depend on, as JSON holds it: parts of the sweep, the master seed, a
        fingerprint of the code, the keys of the recipes of the files that are read.
    """

    job: str
    content: Mapping[str, Any]

    @property
    def text(self) -> str:
        """Return the one JSON text of the recipe."""
        return canonical({"job": self.job, **self.content})

    @property
    def key(self) -> str:
        """Return a hash of the recipe."""
        return digest(self.text)


State = Literal["current", "missing", "outdated", "damaged"]


class Finding(NamedTuple):
    """What a job's record says of its files.

    state : ``current``; ``missing``, the record or a file; ``outdated``, of another recipe;
        ``damaged``, the record or a file is not what the job has written.
    files : those that are damaged.
    changed : the parts in which the recipe is another one.
    """

    state: State
    files: tuple[Path, ...] = ()
    changed: tuple[str, ...] = ()


def record_file(folder: Path, job: str) -> Path:
    """Return the record of a job in the results folder of a sweep."""
    return folder / FOLDER / f"{job}.json"


def write_record(record: Path, recipe: str, outputs: Iterable[Path]) -> None:
    """Keep what files were made from.

    Parameters
    ----------
    record
        The file that is written.
    recipe
        The text of the recipe.
    outputs
        The files, which are there; the record itself may be among them.
    """
    content = {
        "format": FORMAT,
        "key": digest(recipe),
        "recipe": json.loads(recipe),
        "files": {
            os.path.relpath(path, record.parent): checksum(path)
            for path in outputs
            if path != record
        },
    }
    content["checksum"] = digest(canonical(content), 64)
    record.parent.mkdir(parents=True, exist_ok=True)
    write_whole(record, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def examine(record: Path, recipe: Recipe) -> Finding:
    """Compare what a job's files were made from with a recipe."""
    try:
        content = json.loads(record.read_text(encoding="utf-8"))
        if content.pop("checksum") != digest(canonical(content), 64):
            return Finding("damaged", (record,))
        key, files, before = content["key"], dict(content["files"]), dict(content["recipe"])
        known = content["format"] == FORMAT
    except FileNotFoundError:
        return Finding("missing")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Finding("damaged", (record,))
    if not known or key != recipe.key:
        now = json.loads(recipe.text)
        changed = [part for part in now if now[part] != before.get(part)]
        return Finding("outdated", changed=tuple(changed))
    bad = []
    for name, written in files.items():
        # Without the dots, which a link among the folders would lead elsewhere.
        path = Path(os.path.normpath(record.parent / name))
        try:
            if checksum(path) != written:
                bad.append(path)
        except FileNotFoundError:
            return Finding("missing")
        except OSError:
            bad.append(path)
    return Finding("damaged", tuple(bad)) if bad else Finding("current")


def set_aside(path: Path) -> Path:
    """Move a damaged file away, so that a person can look at it; return where it is now."""
    aside = path.with_name(f"{path.name}.damaged-{uuid4().hex[:8]}")
    path.rename(aside)
    return aside
