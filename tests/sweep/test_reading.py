"""What a sweep file means where YAML, or a keyboard, says it in another way."""

import re
from pathlib import Path

import pytest
from samples import SWEEP
from yaml import safe_dump

from genphase.cells.grid import expand
from genphase.cells.refinement import Place, cells_at, refinement
from genphase.errors import SweepError
from genphase.sweep.read import RESERVED, load_sweep, name_mistakes, parse_sweep, sweep_files

MICRO, MU = "\u00b5", "\u03bc"


def written(**changes):
    content = {key: value for key, value in {**SWEEP, **changes}.items() if value is not None}
    return safe_dump(content, sort_keys=False, allow_unicode=True)


def test_a_bare_trace_or_refine_asks_for_it_with_all_settings_left_out():
    sweep = parse_sweep(written() + "\ntrace:\nrefine:\n", "a sweep")
    assert sweep.trace == parse_sweep(written(trace={}), "a sweep").trace
    assert sweep.trace is not None
    assert refinement(sweep).rounds == refinement(parse_sweep(written(refine={}), "f")).rounds > 0


@pytest.mark.parametrize("name", [MICRO, MU, "\u03f5", "\u03d5", "\ufb01t"])
def test_an_axis_may_have_any_name_of_a_keyboard(name):
    text = written(
        axes={"k": [2, 3], name: [12, 20]},
        network={"widths": [f"{name} + 0*k", name]},
        figures={
            "portrait": {"x": "k", "y": name, "overlays": [{"y": f"6*k + 0*{'k'}"}]},
            "curve": {"x": name, "y": "rate", "series": ["k"]},
        },
    )
    cells = expand(parse_sweep(text, "a sweep"), 0, "a sweep")
    assert [cell.parameters.network.widths for cell in cells[:2]] == [(12, 12), (20, 20)]


def test_a_round_that_where_drops_all_of_adds_nothing():
    # Between k = 2 and 4 lies 3, which `where` drops; a log scale has nothing to show then.
    sweep = parse_sweep(
        written(
            axes={"k": [2, 4], "n": [12, 20]},
            where="k in (2, 4) and n in (12, 20)",
            refine={"rounds": 1},
            figures={"portrait": {"x": "k", "y": "n", "x_scale": "log", "y_scale": "log"}},
        ),
        "a sweep",
    )
    assert cells_at(sweep, 1, 0, "a sweep", [Place("plugin", (3, 16))]) == ()


@pytest.mark.parametrize("name", ["my_sweep", "2021_fig", "fig-1", "A", "7"])
def test_names_that_sweeps_can_have(name, tmp_path):
    (tmp_path / f"{name}.yaml").write_text(written(), encoding="utf-8")
    assert name_mistakes(name) == []
    assert list(sweep_files(tmp_path)) == [name]
    assert load_sweep(name, tmp_path).title == SWEEP["title"]


@pytest.mark.parametrize(
    "name",
    [
        *("all", "run_batch", "store", "logs", "kernels", "Store", "my sweep", "fig.1", "Größe"),
        *("-n", "_x", "a{b}", "x" * 101),
    ],
)
def test_names_that_are_refused_stop_no_other_sweep(name, tmp_path):
    (tmp_path / "good.yaml").write_text(written(), encoding="utf-8")
    path = tmp_path / f"{name}.yaml"
    path.write_text(written(), encoding="utf-8")
    assert list(sweep_files(tmp_path)) == ["good"]
    with pytest.raises(SweepError) as caught:
        load_sweep(name, tmp_path)
    message = str(caught.value)
    assert str(path) in message
    assert "rename the file" in message


def test_what_lies_beside_sweep_files_stops_none_of_them(tmp_path):
    (tmp_path / "good.yaml").write_text(written(), encoding="utf-8")
    (tmp_path / ".#good.yaml").symlink_to("user@host.1234:5678")
    (tmp_path / "gone.yaml").symlink_to("nowhere.yaml")
    (tmp_path / "._good.yaml").write_bytes(b"\x00\x05\x16\x07\xff")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "good.yaml~").write_text("older")
    (tmp_path / "other.yml").write_text(written(), encoding="utf-8")
    assert list(sweep_files(tmp_path)) == ["good"]
    with pytest.raises(SweepError, match=r"there is only .*other\.yml") as caught:
        load_sweep("other", tmp_path)
    assert "rename it to other.yaml" in str(caught.value)
    for name in ("gone", "folder"):
        with pytest.raises(SweepError):
            load_sweep(name, tmp_path)


def test_names_of_rules_are_reserved():
    rules = Path(__file__).parents[2] / "workflow/rules"
    text = "".join(path.read_text(encoding="utf-8") for path in rules.glob("*.smk"))
    names = set(re.findall(r"^(?:rule|checkpoint) (\w+):", text, flags=re.MULTILINE))
    assert len(names) > 5
    assert names <= set(RESERVED)
