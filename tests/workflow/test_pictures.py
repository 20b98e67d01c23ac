"""Pictures in a real run."""

import csv
import io
import json

import pytest
from workflow_pipeline import Pipeline, jobs

pytestmark = pytest.mark.workflow

PICTURES = {"x": "k", "only": {"n": 12}, "shape": [3, 4]}


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_pictures_are_drawn_and_made_again_by_what_they_show(pipeline: Pipeline) -> None:
    def write(figure: dict[str, object], **changes: object) -> None:
        pipeline.write("tiny", **{"figures": {"images": figure}, **changes})

    write(PICTURES)
    done = jobs(pipeline.build("tiny"))
    assert (done["tabulate_images"], done["draw_figure"]) == (1, 1)
    trials = {(row["cell"], row["trial"]): row for row in rows(pipeline.read("tiny"))}
    first = pipeline.read("tiny", "images/images.csv")
    tiles = rows(pipeline.read("tiny", "images.csv"))
    assert [row["picture"] for row in tiles] == 2 * ["truth", "observation", "estimate"]
    for row in tiles[2::3]:
        assert row["signal_error"] == trials[row["cell"], "0"]["signal_error"]
        assert len(json.loads(row["latent"])) == int(row["k"])
    for end in ("png", "pdf", "txt", "tex"):
        assert pipeline.read("tiny", f"images.{end}")
    assert "images/" in pipeline.read("tiny", "README.txt").decode()
    assert "Nothing to be done" in pipeline.build("tiny")

    # Another scale draws the same pictures; more trials leave them as they are.
    write(PICTURES | {"limits": [0, 0.3], "y": "latent_error"})
    assert set(jobs(pipeline.build("tiny"))) == {"draw_figure", "describe_results", "tiny"}
    write(PICTURES, trials=4)
    assert "tabulate_images" not in jobs(pipeline.build("tiny"))
    # Where codes are kept, they come after the batches, and are the same to the byte.
    write(PICTURES | {"trial": 3}, trials=4, keep="latent")
    assert jobs(pipeline.build("tiny"))["tabulate_images"] == 1
    fourth = pipeline.read("tiny", "images/images.csv")
    assert fourth != first
    (pipeline.results / "tiny/images/images.csv").unlink()
    write(PICTURES | {"trial": 3}, trials=4)
    assert jobs(pipeline.build("tiny"))["tabulate_images"] == 1
    assert pipeline.read("tiny", "images/images.csv") == fourth


def test_a_shape_that_does_not_fit_is_told_before_anything_runs(pipeline: Pipeline) -> None:
    pipeline.write("tiny", figures={"images": {"x": "k", "panels": "n"}})
    done = pipeline.snakemake("tiny")
    assert done.returncode == 1
    assert "figures.images.shape" in done.stderr
    assert "no square picture" in done.stderr
    assert not pipeline.results.exists()
