"""The configuration of a run: config/config.yaml, overridden by Snakemake's --config."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from genphase.errors import BadValue, SweepError, mistakes_of, shown
from genphase.language.fields import Number
from genphase.sweep.mapping import parse_mapping
from genphase.sweep.paths import expanded
from genphase.sweep.style import StudyStyle, Style

CONFIG_FILE = Path("config/config.yaml")


def _folder(value: Any) -> Any:
    if not isinstance(value, str | Path):
        return value
    path = Path(expanded(str(value)))
    if path.exists() and not path.is_dir():
        raise BadValue(f"{shown(str(value))} is a file", "name a folder")
    return path


Folder = Annotated[Path, BeforeValidator(_folder)]


class Config(BaseModel):
    """Which sweeps are built, from where, into what, with which master seed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sweeps: list[str] = Field(
        [], description="the sweeps that `snakemake` builds when none is named"
    )
    sweep_dir: Folder = Field(Path("config/sweeps"), description="folder of the sweep files")
    results: Folder = Field(
        Path("results"), description="folder of all results and of the cell store"
    )
    seed: int = Field(
        0, ge=0, strict=True, description="master seed; another one draws other instances"
    )
    style: StudyStyle = Field(
        Style(), description="how figures look where sweeps do not say it: a mapping, or a file"
    )
    batch_seconds: Number = Field(
        60,
        gt=0,
        description="estimated compute time of a full job, where a sweep says batch: auto",
    )

    threads: int = Field(
        1,
        ge=1,
        strict=True,
        description="how many threads share the largest loops of a trial; the digits stay the same",
    )

    @property
    def store(self) -> Path:
        """The folder of the cell store."""
        return self.results / "store"


def parse_config(values: Mapping[str, Any], source: str) -> Config:
    """Check a configuration.

    Raises
    ------
    SweepError
        If a key is unknown or a value is of the wrong kind.
    """
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        mistakes = mistakes_of(
            error, lambda location: (Style if "style" in location else Config).model_fields
        )
        raise SweepError(source, mistakes) from None


def read_config(path: Path = CONFIG_FILE) -> dict[str, Any]:
    """Return what a configuration file says; nothing where there is no file.

    Raises
    ------
    SweepError
        If the file does not hold keys and values.
    """
    if not path.exists():
        return {}
    return parse_mapping(path.read_text(encoding="utf-8"), str(path))
