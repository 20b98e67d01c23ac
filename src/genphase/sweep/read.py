"""Read a sweep file: YAML, then the models, then the checks that span several keys."""

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from genphase.sweep.checks import check
from genphase.sweep.errors import Mistake, SweepError, did_you_mean, mistakes_of, shown
from genphase.sweep.models import MODELS_BY_KEY, Sweep


class _Loader(yaml.SafeLoader):
    """YAML in which a key that is given twice is an error: PyYAML would keep the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is given twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def _keys_at(location: Sequence[int | str]) -> list[str]:
    names = [part for part in location if isinstance(part, str)]
    if names[:1] == ["figures"]:
        names = names[2:]
    else:
        names = [name for name in names if not name.startswith("=")]
    return list(MODELS_BY_KEY[".".join(names)].model_fields)


def parse_sweep(text: str, source: str) -> Sweep:
    """Read a sweep from YAML text; `source` names it in errors.

    Raises
    ------
    SweepError
        If the text is no valid sweep; its message lists every mistake with a remedy.
    """
    try:
        content = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "(the whole file)"
        what = getattr(error, "problem", None) or str(error)
        raise SweepError(
            source, [Mistake(where, what, "mend the YAML at this line; quote texts with : or #")]
        ) from None
    if not isinstance(content, dict):
        raise SweepError(
            source,
            [
                Mistake(
                    "(the whole file)",
                    f"{shown(content)} is not a mapping of keys",
                    "start from a file in config/sweeps",
                )
            ],
        )
    try:
        sweep = Sweep.model_validate(content)
    except ValidationError as error:
        raise SweepError(source, mistakes_of(error, _keys_at)) from None
    mistakes = check(sweep)
    if mistakes:
        raise SweepError(source, mistakes)
    return sweep


def sweep_files(folder: Path) -> dict[str, Path]:
    """Return the sweep files of a folder by name, sorted."""
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def load_sweep(name: str, folder: Path) -> Sweep:
    """Read the sweep `name` from ``folder/name.yaml``.

    Raises
    ------
    SweepError
        If there is no such file, or it is no valid sweep.
    """
    path = folder / f"{name}.yaml"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        known = (
            did_you_mean(name, sweep_files(folder)) if folder.is_dir() else "the folder is missing"
        )
        raise SweepError(str(path), [Mistake(name, "there is no such sweep", known)]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SweepError(str(path), [Mistake(name, str(error), "mend the file")]) from None
    return parse_sweep(text, str(path))
