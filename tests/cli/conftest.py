"""The fixture of the tests of commands."""

import sys

import pytest

from genphase import cli


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Runs a command line in a folder; gives status, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["genphase", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return command
