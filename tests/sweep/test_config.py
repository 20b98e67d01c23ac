from pathlib import Path

import pytest

from genphase.errors import SweepError
from genphase.sweep.config import CONFIG_FILE, Config, parse_config, read_config

ROOT = Path(__file__).parents[2]


def test_the_configuration_of_the_repository_is_valid_and_names_its_sweeps():
    config = parse_config(read_config(ROOT / CONFIG_FILE), "config.yaml")
    for name in config.sweeps:
        assert (ROOT / config.sweep_dir / f"{name}.yaml").is_file()


def test_every_key_of_the_configuration_is_in_the_file_of_the_repository():
    assert set(read_config(ROOT / CONFIG_FILE)) == set(Config.model_fields)


def test_the_store_is_in_the_results():
    config = parse_config({"results": "/scratch/r"}, "config.yaml")
    assert config.store == Path("/scratch/r/store")


def test_nothing_is_configured_without_a_file(tmp_path):
    assert read_config(tmp_path / "config.yaml") == {}


def test_a_file_of_comments_configures_nothing(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("# seed: 3\n", encoding="utf-8")
    assert read_config(path) == {}


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("sed: 3", "sed", "3"),
        ("seed: -1", "seed", "-1"),
        ("seed: one", "seed", "'one'"),
        ("seed: 1.5", "seed", "1.5"),
        ("seed: true", "seed", "true"),
        ("seed:", "seed", "null"),
        ("sweeps: plugin_portrait", "sweeps", "'plugin_portrait'"),
        ("sweeps: [3]", "sweeps[0]", "3"),
        ("results: 3", "results", "3"),
        ("sweep_dir: [a]", "sweep_dir", "['a']"),
        ("batch_seconds: 0", "batch_seconds", "0"),
        ("batch_seconds: .inf", "batch_seconds", "inf"),
        ("batch_seconds: long", "batch_seconds", "'long'"),
        ("seed: 1\nseed: 2", "line 2", "'seed'"),
        ("- 1", "(the whole file)", "[1]"),
        ("seed: [1", "line 1", "expected"),
    ],
)
def test_a_mistake_names_file_key_value_and_remedy(text, key, value, tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SweepError) as caught:
        parse_config(read_config(path), str(path))
    message = str(caught.value)
    first, second, third = message.splitlines()
    assert first == f"{path}: a mistake"
    assert second.startswith(f"  {key}: ")
    assert value in second
    assert third.startswith("    remedy: ")


def test_overrides_are_checked_like_the_file():
    values = {"seed": 7, "results": "elsewhere", "sweep_dir": Path("s"), "batch_seconds": "1e2"}
    config = parse_config(values, "--config")
    assert (config.seed, config.results, config.batch_seconds) == (7, Path("elsewhere"), 100)


def test_paths_are_expanded_as_a_shell_does(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("STUDY", "a study")
    found = parse_config({"results": "~/out", "sweep_dir": "$STUDY/sweeps"}, "config")
    assert found.results == tmp_path / "out"
    assert found.sweep_dir == Path("a study/sweeps")
    assert parse_config({"results": "${STUDY}x"}, "config").results == Path("a studyx")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("$NO_SUCH_VARIABLE/out", "the variable NO_SUCH_VARIABLE is not set"),
        ("~no_such_user/out", "there is no such user"),
        ("out{sweep}", "braces, which are wildcards"),
        ("", "is no path"),
        ("a\0b", "is no path"),
    ],
)
def test_a_path_that_cannot_be_is_refused(value, text):
    for key in ("results", "sweep_dir"):
        with pytest.raises(SweepError, match=text) as caught:
            parse_config({key: value}, "config/config.yaml")
        assert key in str(caught.value)


def test_a_file_in_place_of_a_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(SweepError, match="is a file"):
        parse_config({"results": str(tmp_path / "out")}, "config")
