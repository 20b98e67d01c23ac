"""What the environment says of compiled kernels: where they are kept, and for how many threads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from genphase.errors import SweepError
from genphase.files import cache_base
from genphase.jobs.cache import check_cache, check_threads


@pytest.mark.parametrize(
    ("given", "folder"),
    [
        ({"GENPHASE_CACHE": "/somewhere"}, "/somewhere"),
        ({"XDG_CACHE_HOME": "/caches"}, "/caches/genphase"),
        ({"GENPHASE_CACHE": "", "XDG_CACHE_HOME": ""}, "/home/user/.cache/genphase"),
        ({"GENPHASE_CACHE": "~/kernels"}, "/home/user/kernels"),
        ({}, "/home/user/.cache/genphase"),
    ],
)
def test_it_is_where_the_kernels_are_kept(given, folder):
    """An empty variable is one that is not set."""
    names = ("GENPHASE_CACHE", "XDG_CACHE_HOME")
    kept = {name: value for name, value in os.environ.items() if name not in names}
    code = (
        "from genphase.files import cache_base\n"
        "from genphase.kernels._jit import cache_folder\n"
        "print(cache_base(), cache_folder().parent)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=kept | {"HOME": "/home/user"} | given,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [folder, folder]


def test_a_folder_that_can_be_written_is_made(tmp_path, monkeypatch):
    monkeypatch.setenv("GENPHASE_CACHE", str(tmp_path / "a/b"))
    check_cache()
    assert list((tmp_path / "a/b").iterdir()) == []
    assert cache_base() == tmp_path / "a/b"


def test_one_that_cannot_is_named_with_the_remedy(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GENPHASE_CACHE", str(tmp_path / "file/kernels"))
    with pytest.raises(SweepError, match="cannot be kept there: Not a directory") as caught:
        check_cache()
    assert str(tmp_path / "file/kernels") in str(caught.value)
    assert "set GENPHASE_CACHE" in str(caught.value)


@pytest.mark.parametrize(
    "given", [{"GENPHASE_CACHE": "file/kernels"}, {"GENPHASE_THREADS": "many"}]
)
def test_a_command_says_so_in_a_few_lines(given, tmp_path):
    (tmp_path / "file").write_text("")
    given = {name: value.replace("file", str(tmp_path / "file")) for name, value in given.items()}
    command = "from genphase.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", command, "cell", "plugin_portrait", "--set=k=1", "--set=n=1"],
        env=os.environ | given,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 3
    assert "numba" not in done.stderr


@pytest.mark.parametrize("given", ["many", "0", "-2", "1.5", "²"])
def test_a_number_of_threads_that_is_none_is_refused(given, monkeypatch):
    monkeypatch.setenv("GENPHASE_THREADS", given)
    with pytest.raises(SweepError, match="no number of threads"):
        check_threads()


@pytest.mark.parametrize("given", [None, "1", "16"])
def test_a_number_of_threads_is_taken(given, monkeypatch):
    monkeypatch.delenv("GENPHASE_THREADS", raising=False)
    if given is not None:
        monkeypatch.setenv("GENPHASE_THREADS", given)
    check_threads()
