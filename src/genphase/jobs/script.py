"""What scripts have in common: their paths, their log, the record of what they have made."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genphase.brought import look_in
from genphase.logs import logged
from genphase.store.provenance import write_record

# The name of the record among a job's outputs.
_RECORD = "record"


@dataclass(frozen=True)
class Files:
    """The files of a job, as Snakemake hands them to its script."""

    job: Any

    def inputs(self, name: str = "") -> list[Path]:
        """Return the input files of a name, none where it has none; or all."""
        return list(map(Path, self.job.input.get(name, []) if name else self.job.input))

    @property
    def input(self) -> Path:
        """Return the one input file."""
        (found,) = self.inputs()
        return found

    @property
    def named_inputs(self) -> dict[str, Path]:
        """Return the input files by name."""
        return {name: Path(path) for name, path in self.job.input.items()}

    @property
    def outputs(self) -> dict[str, Path]:
        """Return the output files by name, without the record."""
        found = {name: Path(path) for name, path in self.job.output.items()}
        return {name: path for name, path in found.items() if name != _RECORD}

    @property
    def output(self) -> Path:
        """Return the one output file, beside the record."""
        return Path(self.job.output[0])


@contextmanager
def recorded(job: Any) -> Iterator[Files]:
    """Run the body of a script: into the job's log, and then keep what its files were made from.

    Parameters
    ----------
    job
        Snakemake's object; its parameter ``recipe`` decides the files, its output ``record`` says
        so. The parameter ``sweeps`` is the folder that references of sweeps are relative to.
    """
    with logged(job.log[0]):
        look_in(Path(job.params.sweeps))
        yield Files(job)
        write_record(Path(job.output[_RECORD]), job.params.recipe, map(Path, job.output))
