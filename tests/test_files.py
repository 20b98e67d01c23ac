"""Files that are whole or absent, locks, and what killed writers leave."""

import os
import subprocess
import sys
import time

import pytest

from genphase.files import claim_run, clean_up, locked, write_whole


def test_a_text_is_written_as_it_is_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "a.csv"
    write_whole(path, "k,µ\r\n1,2\n")
    write_whole(path, "k,µ\n3,4\n")
    assert path.read_bytes() == "k,µ\n3,4\n".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.csv"
    write_whole(path, "whole")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "\ud800")
    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]


def test_what_killed_writers_left_is_removed_and_nothing_else(tmp_path):
    old = [tmp_path / "store/ab/.ab12.json.0123abcd", tmp_path / ".planned.deadbeef"]
    kept = [tmp_path / ".run", tmp_path / "a.csv", tmp_path / ".hidden", tmp_path / ".x.0123ABCD"]
    for path in (*old, *kept):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        os.utime(path, (time.time() - 3600,) * 2)
    recent = tmp_path / ".new.json.0123abcd"
    recent.write_text("")
    clean_up(tmp_path)
    assert not any(path.exists() for path in old)
    assert all(path.exists() for path in (*kept, recent))


HOLD = """
import sys, time
from pathlib import Path
from genphase.files import claim_run
claim = claim_run(Path(sys.argv[1]), lambda: None)
print("held", flush=True)
time.sleep(60)
"""


def test_a_claim_is_held_until_its_process_is_gone_however_it_ends(tmp_path):
    class Held(Exception):
        pass

    def refuse():
        raise Held

    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(Held):
        claim_run(tmp_path, refuse)
    holder.kill()
    holder.wait()
    holder.stdout.close()
    claim_run(tmp_path, refuse).close()


def test_a_lock_makes_its_folder(tmp_path):
    with locked(tmp_path / "new/.lock"):
        assert (tmp_path / "new/.lock").exists()
