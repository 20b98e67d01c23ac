"""The workflow as a module of another one: from a folder, from a revision in git, deployed."""

import os
import subprocess
import sys

import pytest
import yaml
from samples import SWEEP
from workflow_pipeline import REPOSITORY

pytestmark = pytest.mark.workflow

HOST = """
configfile: "host.yaml"

onstart:
    shell("touch started.txt")

module genphase:
    snakefile: {snakefile}
    config: config["genphase"]
    prefix: "deep"

use rule * from genphase as portraits_*

rule all:
    default_target: True
    input: "listed.txt", rules.portraits_all.input

rule listed:
    input: rules.portraits_tiny.input
    output: "listed.txt"
    shell: "ls {{input}} > {{output}}"
"""
TAG = "v0-test"


def git(*arguments, **options):
    who = ["-c", "user.name=tester", "-c", "user.email=tester@example.org"]
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True, **options)


class Host:
    """A workflow with keys, rules and a handler of its own."""

    def __init__(self, folder, snakefile, **sweep):
        self.folder = folder
        self.environment = dict(os.environ)
        (folder / "mine").mkdir()
        (folder / "mine/tiny.yaml").write_text(yaml.safe_dump({**SWEEP, **sweep}, sort_keys=False))
        (folder / "mine/published.csv").write_text("k,n\n2,12\n3,20\n")
        (folder / "Snakefile").write_text(HOST.format(snakefile=snakefile))
        config = {"genphase": {"sweeps": ["tiny"], "sweep_dir": "mine"}, "of_the_host": 1}
        (folder / "host.yaml").write_text(yaml.safe_dump(config))

    def snakemake(self):
        command = [sys.executable, "-m", "snakemake", "--cores=2"]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True
        )


OVERLAID = {
    "x": "k",
    "y": "n",
    "overlays": [{"csv": "published.csv", "x": "k", "y": "n", "label": "a"}],
}


def assert_built(host):
    done = host.snakemake()
    assert done.returncode == 0, done.stderr[-5000:]
    results = host.folder / "deep/results"
    listed = (host.folder / "listed.txt").read_text().split()
    assert str(results / "tiny/portrait.pdf") in listed
    assert (results / "tiny/portrait.png").is_file()
    # What Snakemake does not move into the folder lies there as well.
    assert len(list((results / "store").rglob("*.json"))) == 4
    assert not (host.folder / "results").exists()
    # The module has claimed its results, and said what is planned, beside the host's handler.
    assert (results / ".planned").is_file()
    assert (host.folder / "started.txt").is_file()
    again = host.snakemake()
    assert "Nothing to be done" in again.stderr


def test_a_module_with_a_prefix_and_renamed_rules(tmp_path):
    snakefile = str(REPOSITORY / "workflow/Snakefile")
    assert_built(Host(tmp_path, repr(snakefile), figures={"portrait": OVERLAID}))


@pytest.fixture
def forge(tmp_path):
    """Variables with which a copy here stands for the forge: git takes it from there."""
    copy = tmp_path / "forge/genphase/genphase"
    copy.mkdir(parents=True)
    names = ("workflow", "scripts", "config", "profiles", "Snakefile", "LICENSE")
    subprocess.run(["cp", "-r", *(REPOSITORY / name for name in names), copy], check=True)
    git("init", "--quiet", cwd=copy)
    git("add", "--all", cwd=copy)
    git("commit", "--quiet", "--message=All", cwd=copy)
    git("tag", TAG, cwd=copy)
    (tmp_path / "gitconfig").write_text(
        f'[url "file://{tmp_path}/forge/"]\n    insteadOf = https://github.com/\n'
    )
    return {
        "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }


def test_a_module_from_a_tag_of_a_repository(tmp_path, forge):
    folder = tmp_path / "host"
    folder.mkdir()
    file = f'github("genphase/genphase", path="workflow/Snakefile", tag="{TAG}")'
    host = Host(folder, file)
    host.environment |= forge
    assert_built(host)


def test_a_study_that_snakedeploy_makes(tmp_path, forge):
    pytest.importorskip("snakedeploy")
    study = tmp_path / "study"
    # Kernels are not compiled once more for the cache that the variables name.
    environment = dict(os.environ) | forge | {"NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-m", "snakedeploy.client", "deploy-workflow"]
    command += ["https://github.com/genphase/genphase", study, "--tag", TAG]
    subprocess.run(command, check=True, env=environment, capture_output=True)
    assert f'tag="{TAG}"' in (study / "workflow/Snakefile").read_text()
    assert (study / "config/sweeps/plugin_portrait.yaml").is_file()
    # Now a user edits it: a sweep of their own.
    (study / "config/sweeps/tiny.yaml").write_text(yaml.safe_dump(SWEEP, sort_keys=False))
    config = study / "config/config.yaml"
    config.write_text(yaml.safe_dump(yaml.safe_load(config.read_text()) | {"sweeps": ["tiny"]}))
    run = [sys.executable, "-m", "snakemake", "--cores=2"]
    done = subprocess.run(run, cwd=study, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-5000:]
    assert (study / "results/tiny/portrait.png").is_file()
    assert len(list((study / "results/store").rglob("*.json"))) == 4
    again = subprocess.run(run, cwd=study, env=environment, capture_output=True, text=True)
    assert "Nothing to be done" in again.stderr


def test_a_mistake_in_a_sweep_of_a_module_is_told_in_a_few_lines(tmp_path):
    host = Host(tmp_path, repr(str(REPOSITORY / "workflow/Snakefile")), trials=-1)
    done = host.snakemake()
    assert done.returncode == 1
    assert "trials: -1 is below 1" in done.stderr
    assert "remedy: use numbers >= 1" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) < 10
