"""A study: made by ``init``, found by every command, run with its progress."""

import pytest
import yaml
from samples import SWEEP

from genphase.cells.trial import run_trial
from genphase.cli.options import study_of
from genphase.cli.progress import Pace, Progress
from genphase.cli.running import _command
from genphase.shipped import PROFILES, SNAKEFILE, SWEEPS
from genphase.sweep.config import Config
from genphase.sweep.read import sweep_files
from genphase.tables.built import built_text


def write(folder, name="tiny", **changes):
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump({**SWEEP, **changes}, sort_keys=False)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def study(*names, **options):
    given = {"configfile": None, "sweep_dir": None, "results": None, "seed": None, **options}
    return study_of(names, **given)


def test_a_new_study_is_planned_as_it_is(run, tmp_path, monkeypatch):
    status, out, _ = run("init", "mine")
    assert status == 0
    assert "cd mine" in out
    monkeypatch.chdir(tmp_path / "mine")
    found = study()
    assert found.names == ("momentum",)
    assert found.config.results.as_posix() == "results"
    status, out, _ = run("plan", "momentum")
    assert status == 0
    assert "60 cells, 600 trials" in out
    # For an editor.
    (schema,) = (tmp_path / "mine/config/sweeps/momentum.yaml").read_text().splitlines()[:1]
    place = tmp_path / "mine/config/sweeps" / schema.partition("$schema=")[2]
    assert place.resolve().is_file()


@pytest.mark.parametrize("name", ["plugin_portrait", "nonexpansive_noise"])
def test_a_study_begins_with_any_sweep_that_comes_with_genphase(name, run, tmp_path, monkeypatch):
    assert run("init", "mine", "--sweep", name)[0] == 0
    monkeypatch.chdir(tmp_path / "mine")
    assert study().sweep(name).title == study(str(SWEEPS / f"{name}.yaml")).sweep(name).title
    text = (tmp_path / f"mine/config/sweeps/{name}.yaml").read_text()
    assert text.count("yaml-language-server") == 1
    assert (tmp_path / "mine/config/sweeps/networks/mnist.npz").is_file()


def test_nothing_is_written_over(run, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("mine")
    status, _, err = run("init", "mine")
    assert status == 2
    assert "'mine' is there already" in err
    assert list((tmp_path / "mine").iterdir()) == [tmp_path / "mine/notes.txt"]


def test_an_unknown_sweep_to_begin_with_is_answered_with_near_ones(run, tmp_path):
    status, _, err = run("init", "mine", "--sweep", "plugin_portait")
    assert status == 2
    assert "did you mean 'plugin_portrait'" in err
    assert not (tmp_path / "mine").exists()


def test_in_an_empty_folder_the_sweeps_of_genphase_are_found(run):
    assert study("plugin_portrait").config.sweep_dir == SWEEPS
    assert run("plan", "nonexpansive_quick")[0] == 0


def test_a_folder_with_sweeps_has_its_own(run, tmp_path):
    write(tmp_path / "config/sweeps")
    assert study("tiny").config == Config()
    status, _, err = run("plan", "plugin_portrait")
    assert status == 2
    assert "there is no such sweep" in err


def test_a_sweep_file_is_found_anywhere(run, tmp_path):
    write(tmp_path / "elsewhere", "mine")
    found = study("elsewhere/mine.yaml")
    assert (found.name, found.config.sweep_dir.as_posix()) == ("mine", "elsewhere")
    status, out, _ = run("plan", "elsewhere/mine.yaml")
    assert status == 0
    assert "cells            4" in out


def test_a_configuration_without_sweeps_is_named(run, tmp_path):
    (tmp_path / "other.yaml").write_text("seed: 7\n")
    status, _, err = run("run", "--configfile", "other.yaml")
    assert status == 2
    assert "other.yaml lists none" in err
    assert "under `sweeps` in other.yaml" in err


def test_a_plan_tells_of_which_seeds_the_tables_are(run, tmp_path):
    write(tmp_path / "config/sweeps", "mine")
    folder = tmp_path / "results/mine"
    folder.mkdir(parents=True)
    (folder / "built.json").write_text(built_text("mine", study("mine").sweep("mine"), 7))
    assert "of seed 7; a run makes them anew" in run("plan", "mine")[1]
    assert "makes them anew" not in run("plan", "mine", "--seed", "7")[1]


def test_a_configuration_in_another_place_is_read(run, tmp_path):
    write(tmp_path / "elsewhere", "mine")
    text = "sweeps: [mine]\nsweep_dir: elsewhere\nseed: 7\n"
    (tmp_path / "other.yaml").write_text(text)
    found = study(configfile=tmp_path / "other.yaml")
    assert (found.names, found.config.seed) == (("mine",), 7)
    assert study(configfile=tmp_path / "other.yaml", seed=8).config.seed == 8


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "a/x.yaml", "b/y.yaml"], "sweep files in a and b"),
        (["run", "a/x.yaml", "--sweep-dir", "c"], "sweep files in a and c"),
        (["run", "--configfile", "none.yaml"], "there is no file 'none.yaml'"),
        (["run"], "no sweep is named, and there is no config/config.yaml here"),
        (
            ["plan", "portrait"],
            "no sweep 'portrait' in config/sweeps, and none comes",
        ),
        (["run", "plugin_portrait", "--profile", "slrum"], "did you mean 'slurm'"),
        (["run", "plugin_portrait", "--", "--config", "seed=3"], "use --configfile, --seed"),
        (["run", "plugin_portait"], "did you mean 'plugin_portrait'"),
        (["plan", "a/x.yaml"], "there is no folder a"),
    ],
)
def test_mistakes_are_answered_before_anything_runs(words, told, run, tmp_path):
    status, _, err = run(*words)
    assert status == 2
    assert told in err
    assert not list(tmp_path.iterdir())


def test_snakemake_is_told_what_its_own_configuration_does_not_say(run, tmp_path):
    write(tmp_path / "elsewhere", "mine")
    found = study("elsewhere/mine.yaml", seed=3)
    command = _command(found, 2, "default", ["--forceall"])
    assert command[3:5] == ["--snakefile", str(SNAKEFILE)]
    assert command[-6:] == ["--forceall", "--config", "sweep_dir=elsewhere", "seed=3", "--", "mine"]
    # A profile's own configuration is not lost where there is one on the command line.
    (tmp_path / "other.yaml").write_text("sweeps: []\n")
    found = study("plugin_portrait", configfile=tmp_path / "other.yaml")
    command = _command(found, None, "slurm", [])
    at = command.index("--configfile")
    expected = [tmp_path / "other.yaml", PROFILES["slurm"] / "cluster.yaml"]
    assert command[at + 1 : at + 3] == list(map(str, expected))


def test_a_profile_of_the_study_goes_before_the_one_of_genphase(run, tmp_path):
    (tmp_path / "profiles/slurm").mkdir(parents=True)
    (tmp_path / "profiles/slurm/config.yaml").write_text("executor: slurm\n")
    command = _command(study("plugin_portrait"), None, "slurm", [])
    assert command[command.index("--workflow-profile") + 1] == "profiles/slurm"


def test_progress_is_counted_in_the_store(run, tmp_path):
    write(tmp_path / "config/sweeps", trials=3)
    progress = Progress(study("tiny"))
    assert progress.trials == 12
    assert progress.look() == (0, 0.0)
    (line,) = progress.lines()
    assert "to run 12 trials in 4 cells" in line
    from genphase.cells.grid import expand

    first, second, *_ = expand(study("tiny").sweep("tiny"), 0, "")
    trials = [run_trial(first.parameters, i) for i in range(3)]
    progress.store.save(first.id, first.parameters, trials[:2])
    done, share = progress.look()
    assert done == 2
    assert 0 < share < 2 / 12 * 2
    progress.store.save(first.id, first.parameters, trials[2:])
    assert progress.look()[0] == 3
    # Of a run that begins now, these are none of its trials.
    later = Progress(study("tiny"))
    assert later.trials == 9
    assert later.look() == (0, 0.0)
    progress.store.save(second.id, second.parameters, [run_trial(second.parameters, 0)])
    assert later.look()[0] == 1


def test_progress_tells_trials_rate_and_time():
    pace = Pace(100)
    # Kernels are compiled; the first trials are found after a minute.
    assert pace.text(30.0, 0, 0.0) == "0 of 100 trials"
    assert pace.text(60.0, 10, 0.2) == "10 of 100 trials"
    assert pace.text(70.0, 30, 0.45) == "30 of 100 trials, 2 a second, about 0:22 left"
    assert pace.text(60.0 + 1000, 30, 0.3).endswith("about 1:56:40 left")
    assert pace.text(2000.0, 100, 1.0) == "100 of 100 trials; tables and figures are made"


def test_the_version_is_that_of_the_package(run):
    from importlib.metadata import version

    assert run("--version")[1] == f"genphase {version('genphase')}\n"


def test_all_sweeps_are_shipped():
    assert len(sweep_files(SWEEPS)) > 20


def test_results_are_shown_as_their_text_says(run, tmp_path):
    (tmp_path / "results/tiny").mkdir(parents=True)
    (tmp_path / "results/tiny/README.txt").write_text("A tiny sweep, τ = 1\n", encoding="utf-8")
    assert run("show", "results/tiny") == (0, "A tiny sweep, τ = 1\n", "")
    status, _, err = run("show", "results/tinny")
    assert status == 2
    assert "did you mean 'tiny'" in err
    assert "run the sweep first" in run("show", "elsewhere/tiny")[2]
