"""The workflow as a module of another one: from a folder, and from a revision in git."""

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


def test_a_module_from_a_tag_of_a_repository(tmp_path):
    # Another machine's copy stands for the forge: git takes it from there.
    forge = tmp_path / "forge/genphase/genphase"
    forge.mkdir(parents=True)
    names = ("workflow", "scripts", "config", "Snakefile")
    subprocess.run(["cp", "-r", *(REPOSITORY / name for name in names), forge], check=True)
    git("init", "--quiet", cwd=forge)
    git("add", "--all", cwd=forge)
    git("commit", "--quiet", "--message=All", cwd=forge)
    git("tag", TAG, cwd=forge)
    (tmp_path / "gitconfig").write_text(
        f'[url "file://{tmp_path}/forge/"]\n    insteadOf = https://github.com/\n'
    )
    folder = tmp_path / "host"
    folder.mkdir()
    file = f'github("genphase/genphase", path="workflow/Snakefile", tag="{TAG}")'
    host = Host(folder, file)
    host.environment |= {
        "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    assert_built(host)


def test_a_mistake_in_a_sweep_of_a_module_is_told_in_a_few_lines(tmp_path):
    host = Host(tmp_path, repr(str(REPOSITORY / "workflow/Snakefile")), trials=-1)
    done = host.snakemake()
    assert done.returncode == 1
    assert "trials: -1 is below 1" in done.stderr
    assert "remedy: use numbers >= 1" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) < 10
