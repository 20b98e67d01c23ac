"""Read a sweep file: YAML, then the models, then the checks that span several keys."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from genphase.brought import look_in
from genphase.errors import Mistake, SweepError, did_you_mean, mistakes_of, shown
from genphase.sweep.checks import check
from genphase.sweep.mapping import parse_mapping
from genphase.sweep.models import MODELS_BY_KEY, Sweep
from genphase.sweep.published import published_mistakes


def _without_nulls(content: dict[str, Any]) -> tuple[dict[str, Any], list[Mistake]]:
    """Return what a file says, and its keys without a value.

    A bare `trace:` or `refine:` asks for what it names, with all settings left out.
    """
    kept = {
        key: {} if value is None and key in ("trace", "refine") else value
        for key, value in content.items()
    }
    return kept, [
        Mistake(key, "null is no value", "give it a value, or leave the key out")
        for key in _nulls(kept, "")
    ]


def _with_normal_axes(content: dict[str, Any]) -> dict[str, Any]:
    """Write names of axes as expressions have them: the µ of a keyboard (U+00B5) is a μ there."""
    axes = content.get("axes")
    names = {name: normal_name(name) for name in axes} if isinstance(axes, dict) else {}
    names = {name: normal for name, normal in names.items() if normal != name}

    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: renamed(item) for key, item in value.items()}
        if isinstance(value, list):
            return [renamed(item) for item in value]
        return names.get(value, value) if isinstance(value, str) else value

    if not names or set(names.values()) & set(axes or {}):
        return content
    found: dict[str, Any] = renamed(content)
    return found | {
        "axes": {names.get(name, name): values for name, values in (axes or {}).items()}
    }


def normal_name(name: Any) -> Any:
    """Return a name as Python's identifiers have it, in normal form NFKC."""
    return unicodedata.normalize("NFKC", name) if isinstance(name, str) else name


def _nulls(value: Any, key: str) -> Iterator[str]:
    if value is None:
        yield key
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _nulls(item, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _nulls(item, f"{key}[{i}]")


def _keys_at(location: Sequence[int | str]) -> list[str]:
    names = [part for part in location if isinstance(part, str)]
    if names[:1] == ["figures"]:
        names = names[2:]
    else:
        names = [name for name in names if not name.startswith("=") or name == "=budget"]
    return list(MODELS_BY_KEY[".".join(names)].model_fields)


def parse_sweep(text: str, source: str) -> Sweep:
    """Read a sweep from YAML text; `source` names it in errors.

    Raises
    ------
    SweepError
        If the text is no valid sweep; its message lists every mistake with a remedy.
    """
    content, nulls = _without_nulls(parse_mapping(text, source))
    if nulls:
        raise SweepError(source, nulls)
    content = _with_normal_axes(content)
    try:
        sweep = Sweep.model_validate(content)
    except ValidationError as error:
        raise SweepError(source, mistakes_of(error, _keys_at)) from None
    mistakes = check(sweep)
    if mistakes:
        raise SweepError(source, mistakes)
    return sweep


# A sweep is a target and a folder by its name.
SWEEP_NAME = "[A-Za-z0-9][A-Za-z0-9_-]*"
_LONGEST = 100
# Rules of the workflow, and folders among the results that belong to no sweep.
RESERVED = (
    *("all", "compile_kernels", "refine_grid", "run_batch", "collect_trials", "summarise_cells"),
    *("trace_cells", "tabulate_images", "tabulate_overlays", "draw_figure", "explore_figure"),
    *("describe_results", "allot_trials", "store", "logs", "kernels"),
)


def name_mistakes(name: str) -> list[Mistake]:
    """Return why a sweep cannot have a name; nothing where it can."""
    rename = "rename the file to letters, digits, _ and -, such as my_sweep.yaml"
    if not re.fullmatch(SWEEP_NAME, name) or len(name) > _LONGEST:
        return [Mistake(shown(name), "a sweep cannot have this name", rename)]
    if name.lower() in RESERVED:
        what = "the workflow itself uses this name"
        return [Mistake(shown(name), what, f"rename the file; names in use: {', '.join(RESERVED)}")]
    return []


def sweep_files(folder: Path) -> dict[str, Path]:
    """Return the sweep files of a folder by name, sorted.

    Left out is what no sweep can be: names that are refused, among them what editors and systems
    leave beside a file (.#x.yaml, ._x.yaml), folders, links to nothing.
    """
    files = {path.stem: path for path in sorted(folder.glob("*.yaml")) if path.is_file()}
    return {name: path for name, path in files.items() if not name_mistakes(name)}


def load_sweep(name: str, folder: Path) -> Sweep:
    """Read the sweep `name` from ``folder/name.yaml``.

    Raises
    ------
    SweepError
        If there is no such file, it has no name for a sweep, it is no valid sweep, or a CSV file
        of its overlays is amiss.
    """
    look_in(folder)
    path = folder / f"{name}.yaml"
    if path.is_file() and (mistakes := name_mistakes(name)):
        raise SweepError(str(path), mistakes)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        what, remedy = "there is no such sweep", did_you_mean(name, sweep_files(folder))
        if (other := folder / f"{name}.yml").is_file():
            what, remedy = f"there is only {other}", f"rename it to {path.name}"
        elif not folder.is_dir():
            what, remedy = f"there is no folder {folder}", "set sweep_dir to the sweeps' folder"
        raise SweepError(str(path), [Mistake(name, what, remedy)]) from None
    except UnicodeDecodeError:
        raise SweepError(
            str(path), [Mistake(name, "the file is not UTF-8 text", "save it as UTF-8")]
        ) from None
    except OSError as error:
        what = f"the file cannot be read: {error.strerror}"
        raise SweepError(str(path), [Mistake(name, what, "make it readable")]) from None
    sweep = parse_sweep(text, str(path))
    mistakes = list(published_mistakes(sweep, folder))
    if mistakes:
        raise SweepError(str(path), mistakes)
    return sweep
