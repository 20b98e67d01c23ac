import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from genphase.kernels import _jit


def test_cache_folder_is_the_one_asked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("GENPHASE_CACHE", str(tmp_path / "shared"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert _jit.cache_folder().parent == tmp_path / "shared"


def test_cache_folder_is_else_in_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.delenv("GENPHASE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert _jit.cache_folder().parent == tmp_path / "xdg" / "genphase"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert _jit.cache_folder().parent == tmp_path / "home" / ".cache" / "genphase"


@pytest.fixture
def copied(monkeypatch, tmp_path):
    """A copy of the kernels that the module takes for its own folder."""
    folder = tmp_path / "kernels"
    shutil.copytree(Path(_jit.__file__).parent, folder, ignore=shutil.ignore_patterns("__py*"))
    monkeypatch.setattr(_jit, "__file__", str(folder / "_jit.py"))
    return folder


def test_cache_folder_does_not_depend_on_where_the_sources_lie(copied, monkeypatch):
    copy = _jit.cache_folder()
    monkeypatch.undo()
    assert copy.name == _jit.cache_folder().name


@pytest.mark.parametrize("name", ["passes.py", "descent.py", "plugin.py", "_jit.py", "status.py"])
def test_an_edit_of_any_kernel_source_moves_the_cache(copied, name):
    before = _jit.cache_folder()
    with (copied / name).open("a") as file:
        file.write("\n")
    assert _jit.cache_folder() != before


def test_a_new_or_renamed_source_moves_the_cache(copied):
    keys = {_jit.source_key()}
    (copied / "new.py").write_text("")
    keys.add(_jit.source_key())
    (copied / "new.py").rename(copied / "other.py")
    keys.add(_jit.source_key())
    assert len(keys) == 3


def test_numbas_own_cache_folder_is_left_alone(monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", "/somewhere/else")
    _jit.jit(lambda x: x + 1)
    assert numba.config.CACHE_DIR == "/somewhere/else"


def test_numbas_own_cache_folder_is_left_alone_after_an_error(monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", "/somewhere/else")
    monkeypatch.setattr(numba, "njit", lambda **options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        _jit.jit(lambda x: x + 1)
    assert numba.config.CACHE_DIR == "/somewhere/else"


def test_compiled_code_is_kept_in_the_cache_folder_and_found_there(tmp_path):
    program = (
        "import numpy as np\n"
        "from genphase.kernels.passes import norm\n"
        "assert norm(np.array([3.0, 4.0])) == 5\n"
        "print(sum(norm.stats.cache_hits.values()), sum(norm.stats.cache_misses.values()))\n"
    )
    kept = {**os.environ, "GENPHASE_CACHE": str(tmp_path), "NUMBA_DISABLE_JIT": "0"}
    counts = [
        subprocess.run(
            [sys.executable, "-c", program], env=kept, check=True, capture_output=True, text=True
        ).stdout.split()
        for _ in range(2)
    ]
    assert counts == [["0", "1"], ["1", "0"]]
    (folder,) = tmp_path.iterdir()
    assert folder.name == f"kernels-{_jit.source_key()}"
    assert list(folder.rglob("*norm*.nbc"))
