"""What commands have in common: their options, and the study that they are about."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from genphase.errors import Mistake, SweepError, did_you_mean
from genphase.shipped import SWEEPS
from genphase.sweep.config import CONFIG_FILE, Config, parse_config, read_config
from genphase.sweep.models import Sweep
from genphase.sweep.read import load_sweep, sweep_files

SweepName = Annotated[
    str,
    typer.Argument(
        metavar="SWEEP", help="Name of a sweep in the sweep folder, or path of a sweep file."
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--configfile", help=f"The study's configuration. Default: {CONFIG_FILE}."),
]
SweepDir = Annotated[
    Path | None,
    typer.Option("--sweep-dir", help="Folder of the sweep files. Default: the configuration's."),
]
Results = Annotated[
    Path | None,
    typer.Option("--results", help="Folder of the results. Default: the configuration's."),
]
Seed = Annotated[
    int | None, typer.Option("--seed", help="Master seed. Default: the configuration's.")
]


_ELSEWHERE = "change into the folder of a study, or make one by `genphase init STUDY`"


@dataclass(frozen=True)
class Study:
    """A study as a command line describes it.

    config : what its file and the command line say.
    names : the sweeps that the command is about.
    given : what Snakemake has to be told beside the study's own file, by key.
    configfile : that file, where it is not in its place.
    """

    config: Config
    names: tuple[str, ...]
    given: dict[str, Any]
    configfile: Path | None

    @property
    def name(self) -> str:
        """Return the one sweep."""
        (name,) = self.names
        return name

    def source(self, name: str) -> str:
        """Return the file of a sweep, for errors."""
        return str(self.config.sweep_dir / f"{name}.yaml")

    def sweep(self, name: str) -> Sweep:
        """Read a sweep."""
        return load_sweep(name, self.config.sweep_dir)


def study_of(
    sweeps: tuple[str, ...],
    configfile: Path | None,
    sweep_dir: Path | None,
    results: Path | None,
    seed: int | None,
    batch_seconds: float | None = None,
) -> Study:
    """Return the study that a command line is about.

    It is the working folder. Sweeps are names, or paths of files; where the folder has none of its
    own, those that come with genphase are found.

    Raises
    ------
    SweepError
        If the configuration is wrong, or the files are in different folders.
    """
    files = [Path(name) for name in sweeps if name.endswith(".yaml") or "/" in name]
    folders = list(dict.fromkeys(file.parent for file in files))
    if len(folders) > 1 or (files and sweep_dir is not None and folders != [sweep_dir]):
        text = f"sweep files in {' and '.join(map(str, [*folders, *filter(None, [sweep_dir])]))}"
        raise a_mistake("SWEEP", text, "name sweeps of one folder")
    if configfile is not None and not configfile.is_file():
        raise a_mistake("--configfile", f"there is no file {str(configfile)!r}", "name another one")
    values = read_config(configfile or CONFIG_FILE)
    given: dict[str, Any] = {"sweep_dir": folders[0] if folders else sweep_dir}
    given |= {"results": results, "seed": seed, "batch_seconds": batch_seconds}
    given = {key: value for key, value in given.items() if value is not None}
    own = Config.model_fields["sweep_dir"].default
    if "sweep_dir" not in values | given and not own.is_dir() and SWEEPS.is_dir():
        given["sweep_dir"] = SWEEPS
        _check_shipped(sweeps)
    config = parse_config(values | given, f"{configfile or CONFIG_FILE} or the command line")
    names = tuple(Path(name).stem if Path(name) in files else name for name in sweeps)
    return Study(config, names or tuple(config.sweeps), given, configfile)


def _check_shipped(names: tuple[str, ...]) -> None:
    """Refuse names that no sweep of genphase's own has, in a folder that has none."""
    known = sweep_files(SWEEPS)
    for name in names:
        if name not in known:
            text = f"there is no sweep {name!r} in {Config.model_fields['sweep_dir'].default}"
            near = did_you_mean(name, known)
            raise a_mistake(
                "SWEEP", f"{text}, and none comes with genphase", f"{_ELSEWHERE}; {near}"
            )


def no_sweep(study: Study) -> SweepError:
    """Return that a command line names no sweep, and that the configuration lists none."""
    file = study.configfile or CONFIG_FILE
    if file.is_file():
        remedy = f"name one, or list some under `sweeps` in {file}"
        return a_mistake("SWEEP", f"no sweep is named, and {file} lists none", remedy)
    return a_mistake("SWEEP", f"no sweep is named, and there is no {file} here", _ELSEWHERE)


def a_mistake(option: str, text: str, remedy: str) -> SweepError:
    """Return a mistake of the command line."""
    return SweepError("command line", [Mistake(option, text, remedy)])
