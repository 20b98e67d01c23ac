"""What the rules ask about a run: answered lazily, once, and for each sweep alone."""

import re
import shutil
from pathlib import Path

import pytest
import yaml
from samples import SWEEP

from genphase.errors import SweepError
from genphase.files import claim_run
from genphase.jobs import recipes, workflow
from genphase.jobs.workflow import ReplacedFiles, Workflow
from genphase.store.provenance import record_file, write_record
from genphase.sweep.config import parse_config

SCRIPTS = {
    path.stem: path for path in (Path(__file__).resolve().parents[2] / "scripts").glob("*.py")
}


@pytest.fixture
def make(tmp_path):
    """Return a function that makes the workflow of sweeps by name, in a folder of their own."""

    def make(*, forced=None, log=workflow._log, **sweeps):
        for name, changes in sweeps.items():
            text = yaml.safe_dump({**SWEEP, **changes}, sort_keys=False)
            (tmp_path / f"{name}.yaml").write_text(text)
        config = {"sweeps": [], "sweep_dir": str(tmp_path), "results": str(tmp_path / "results")}
        force = (lambda file: None) if forced is None else forced.append
        return Workflow(parse_config(config, "config"), SCRIPTS, force=force, log=log)

    return make


@pytest.fixture
def counted(monkeypatch):
    """Return how often sweeps were read and grids expanded."""
    counts = {"load_sweep": 0, "expand": 0}

    def counting(name):
        kernel = getattr(workflow, name)

        def asked(*arguments):
            counts[name] += 1
            return kernel(*arguments)

        return asked

    for name in counts:
        monkeypatch.setattr(workflow, name, counting(name))
    return counts


def ask_everything(run, name):
    run.check(name)
    run.outputs(name)
    run.batch_files(name, [])
    for batch in run.batches(name):
        run.needs_kernels(name, batch)
        run.recipes(name).batch(run.batch(name, batch))
    run.tables_cost(name)
    run.drawn_from(name, "portrait")


def test_the_scripts_are_those_of_their_folder():
    assert set(workflow.SCRIPTS) == set(SCRIPTS)


def test_a_sweep_is_read_once_and_its_grid_expanded_once(make, counted):
    run = make(tiny={}, other={})
    ask_everything(run, "tiny")
    assert counted == {"load_sweep": 1, "expand": 1}


def test_the_cells_of_a_sweep_are_in_its_batches_once(make):
    run = make(tiny={})
    cells = [cell.id for batch in run.batches("tiny").values() for cell in batch.cells]
    assert len(cells) == len(set(cells)) == run.cells("tiny") == 4


def test_a_mistake_in_one_sweep_does_not_stop_another(make):
    run = make(tiny={}, broken={"trials": -1})
    run.check("tiny")
    with pytest.raises(SweepError, match=r"trials: -1 is below 1"):
        run.check("broken")


def test_targets_belong_to_sweeps(make, tmp_path):
    run = make(tiny={}, other={})
    targets = ["tiny", f"{tmp_path}/results/other/trials.csv", f"{tmp_path}/results/nobodys/x.csv"]
    assert run.belongs_to(targets) == ["tiny", "other"]
    # No such sweep, but told as a missing one rather than as a missing rule.
    assert run.belongs_to(["tinny"]) == ["tinny"]
    assert run.belongs_to(["all"]) == []


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (lambda run: run.batch("tiny", "none"), "sweep tiny has no batch none"),
        (lambda run: run.drawn_from("tiny", "map"), "sweep tiny has no figure map"),
    ],
)
def test_what_a_sweep_does_not_have_is_said(asked, told, make):
    with pytest.raises(LookupError, match=re.escape(told)):
        asked(make(tiny={}))


def test_portraits_and_curves_have_explorers(make):
    figures = {
        "map": {"kind": "portrait", "x": "k", "y": "n", "overlays": [{"y": "6*k"}]},
        "curve": {"x": "k"},
        "trace": {},
    }
    run = make(tiny={"figures": figures, "trace": {"points": 5}})
    pages = [Path(file).name for file in run.outputs("tiny") if file.endswith(".html")]
    assert pages == ["index.html", "map.html", "curve.html"]
    assert set(run.explored_from("tiny", "map")) == {"cells", "transition", "trials", "overlays"}
    assert set(run.explored_from("tiny", "curve")) == {"cells", "trials"}
    with pytest.raises(LookupError, match="has no portrait or curve trace"):
        run.explored_from("tiny", "trace")


def test_figures_of_time_alone_are_drawn_from_timings(make):
    figures = {
        "profile": {},
        "budget": {"kind": "profile", "x": "solve_seconds"},
        "curve": {"x": "k"},
        "seconds": {"kind": "curve", "x": "k", "y": "solve_seconds"},
    }
    run = make(tiny={"figures": figures})
    assert {name: set(run.drawn_from("tiny", name)) for name in figures} == {
        "profile": {"trials"},
        "budget": {"trials", "timings"},
        "curve": {"trials"},
        "seconds": {"trials", "timings"},
    }
    assert set(run.explored_from("tiny", "seconds")) == {"cells", "trials", "timings"}
    assert set(run.explored_from("tiny", "curve")) == {"cells", "trials"}


def test_figures_of_time_are_made_again_with_the_trials(make, tmp_path):
    figures = {
        "profile": {},
        "budget": {"kind": "profile", "x": "solve_seconds"},
        "seconds": {"kind": "curve", "x": "k", "y": "solve_seconds"},
    }
    folder = tmp_path / "results/tiny"
    folder.mkdir(parents=True)
    of = make(tiny={"figures": figures}).recipes("tiny")
    made = [of.trials(), of.tables(), of.readme(), of.explorer("seconds"), *map(of.figure, figures)]
    for recipe in made:
        (folder / recipe.job.replace("/", "-")).write_text("made")
        output = folder / recipe.job.replace("/", "-")
        write_record(record_file(folder, recipe.job), recipe.text, [output])

    def forced():
        found = []
        make(tiny={"figures": figures}, forced=found).examine("tiny")
        return {Path(file).relative_to(folder / "provenance").as_posix() for file in found}

    assert forced() == set()
    (folder / "trials").unlink()
    timed = {"figures/budget.json", "figures/seconds.json", "explorers/seconds.json"}
    assert forced() == {"trials.json", "readme.json", *timed}


def test_an_edit_of_the_page_is_seen_by_explorers_alone(make, tmp_path, monkeypatch):
    def keys():
        recipes._page.cache_clear()
        of_sweep = make(tiny={}).recipes("tiny")
        return of_sweep.explorer("portrait").key, of_sweep.figure("portrait").key

    before = keys()
    folder = shutil.copytree(recipes.PAGE, tmp_path / "page")
    monkeypatch.setattr(recipes, "PAGE", folder)
    assert keys() == before
    (folder / "page.css").write_text("body {}")
    explorer, figure = keys()
    assert (explorer != before[0], figure) == (True, before[1])
    recipes._page.cache_clear()


def test_a_file_that_a_sweep_does_not_make_is_answered_with_near_ones(make):
    run = make(tiny={})
    folder = f"{run.results}/tiny"
    run.check_files(
        [f"{folder}/portrait.pdf", f"{folder}/batches/x.csv", "tiny", "elsewhere/x.png"]
    )
    run.check_files([f"{folder}/portrait.html", f"{folder}/built.json"])
    with pytest.raises(SweepError, match=r"portait\.png: .*makes no such file\n.*'portrait\.png'"):
        run.check_files([f"{folder}/portait.png"])


def write_trials(run):
    """Write trials.csv of the sweep `tiny`, by its present recipe; return it."""
    recipe = run.recipes("tiny").trials()
    folder = Path(run.results) / "tiny"
    folder.mkdir(parents=True, exist_ok=True)
    table = folder / "trials.csv"
    table.write_text("cell\n")
    write_record(record_file(folder, recipe.job), recipe.text, [table])
    return table


def test_files_that_are_not_what_was_written_are_forced_and_set_aside(make):
    forced = []
    table = write_trials(make(tiny={}))
    run = make(tiny={}, forced=forced)
    run.examine("tiny")
    assert not any("trials" in file for file in forced)
    table.write_text("mine\n")
    run = make(tiny={}, forced=forced)
    run.examine("tiny")
    assert [Path(file).name for file in forced if "trials" in file] == ["trials.json"]
    run.begin(lambda: None).close()
    assert not table.exists()
    assert [file.read_text() for file in table.parent.glob("trials*.csv*")] == ["mine\n"]


def test_a_run_whose_files_another_one_replaced_ends_and_lets_the_next_begin(make):
    table = write_trials(make(tiny={}))
    run = make(tiny={})
    run.examine("tiny")
    table.write_text("another run's\n")
    with pytest.raises(ReplacedFiles, match="Run the same command again"):
        run.begin(lambda: None)

    def waits():
        raise AssertionError("the claim of the run that ended is still held")

    claim_run(Path(run.results), waits).close()


def test_pictures_cost_a_trial_of_each_cell_that_is_shown(make):
    def seconds(**only):
        picture = {"kind": "images", "x": "k", "panels": "n", "shape": [3, 4], "only": only}
        changes = {"axes": {"k": [2, 3], "n": [12]}, "figures": {"images": picture}, "trials": 8}
        run = make(tiny=changes)
        return run.images_cost("tiny", "images").core_seconds, run

    both, run = seconds()
    assert seconds(k=2)[0] == pytest.approx(both / 2, rel=0.05)
    all_of_it = sum(batch.cost.core_seconds for batch in run.batches_at("tiny", 0, "").values())
    assert both == pytest.approx(all_of_it / 8)
