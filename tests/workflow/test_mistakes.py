"""Snakemake answers a mistake in the same few lines as `genphase plan`, before anything runs."""

import re
from pathlib import Path

import pytest
from test_bad_input import TABLE
from workflow_pipeline import Pipeline

pytestmark = pytest.mark.workflow

# One in twenty, so that each section of a sweep file is among them.
NAMES = sorted(TABLE)[::20]


def answers(pipeline: Pipeline, *arguments: str, **config: object) -> list[str]:
    """Return what Snakemake says on standard error of a mistake, but for its own first lines."""
    done = pipeline.snakemake(*arguments, **config)
    assert done.returncode != 0
    lines = done.stderr.splitlines()
    (begin,) = (
        i for i, line in enumerate(lines) if re.search(r": (a mistake|\d+ mistakes)$", line)
    )
    assert not any("Traceback" in line or "Exception" in line for line in lines)
    assert not (pipeline.results / "store").exists()
    return lines[begin:]


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_sweep_is_answered_as_by_the_plan(name: str, pipeline: Pipeline) -> None:
    text, _, _ = TABLE[name]
    (pipeline.sweeps / "bad.yaml").write_text(text, encoding="utf-8")
    pipeline.write("good")
    said = answers(pipeline, "bad")
    planned = pipeline.genphase("plan", "bad", status=2).splitlines()
    # The one has the folder as it is given, the other in full.
    assert said[1:] == planned[1:]
    assert Path(said[0].partition(": ")[0]).name == "bad.yaml"
    # Another sweep is none the worse.
    done = pipeline.snakemake("good", "--dry-run")
    assert done.returncode == 0, done.stderr


def test_a_file_of_a_broken_sweep_is_answered_so_too(pipeline: Pipeline) -> None:
    pipeline.write("bad", trials=0)
    assert "trials: 0 is below 1" in answers(pipeline, "results/bad/cells.csv")[1]


def test_an_unknown_sweep_has_near_misses(pipeline: Pipeline) -> None:
    pipeline.write("portrait")
    lines = answers(pipeline, "portait")
    assert "there is no such sweep" in lines[1]
    assert "did you mean 'portrait'?" in lines[2]


def test_a_missing_folder_of_sweeps_is_named(pipeline: Pipeline) -> None:
    lines = answers(pipeline, "tiny", sweep_dir="nowhere")
    assert "there is no folder nowhere" in lines[1]


@pytest.mark.parametrize("name", ["all", "my sweep", "store", "fig.1"])
def test_a_name_that_no_sweep_can_have(name: str, pipeline: Pipeline) -> None:
    pipeline.write("good")
    pipeline.write(name)
    if name == "all":
        # The rule of that name, which builds what the configuration names.
        done = pipeline.snakemake("good", "--dry-run")
        assert done.returncode == 0
        return
    lines = answers(pipeline, name)
    assert f"{name}.yaml" in lines[0]
    assert "rename the file" in lines[2]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"seed": "one"}, "seed"),
        ({"sweeps_dir": "x"}, "sweeps_dir: unknown key"),
        ({"results": "out{x}"}, "results: 'out{x}' has braces"),
        ({"results": "$NO_SUCH_VARIABLE"}, "the variable NO_SUCH_VARIABLE is not set"),
        ({"batch_seconds": 0}, "batch_seconds"),
        ({"seed": "010"}, "010 is 8 in YAML"),
        ({"seed": "1:10"}, "1:10 is 70 in YAML"),
    ],
)
def test_a_configuration_that_cannot_be(
    config: dict[str, object], said: str, pipeline: Pipeline
) -> None:
    pipeline.write("tiny")
    assert said in answers(pipeline, "tiny", **config)[1]


def test_a_number_of_yaml_in_a_configuration_file(pipeline: Pipeline) -> None:
    pipeline.write("tiny")
    (pipeline.folder / "mine.yaml").write_text("seed: 010\n")
    lines = answers(pipeline, "tiny", f"--configfile={pipeline.folder / 'mine.yaml'}")
    assert "010 is 8 in YAML" in lines[1]


def test_a_folder_with_blanks_and_other_marks_works(tmp_path: Path) -> None:
    pipeline = Pipeline(tmp_path / "my study (1) & 'more';")
    pipeline.write("tiny")
    pipeline.build("tiny", sweep_dir=pipeline.sweeps, results=pipeline.folder / "a result $ (2)")
    assert (pipeline.folder / "a result $ (2)/tiny/portrait.png").exists()
