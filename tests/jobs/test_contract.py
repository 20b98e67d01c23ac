import pytest

from genphase.jobs.contract import StalePlan, check_planned, planned, write_planned


def test_what_was_planned_is_found_again(tmp_path):
    write_planned(tmp_path, {"tiny": planned({"trials": 3}, 0), "other": planned({}, 1)})
    check_planned(tmp_path, "tiny", planned({"trials": 3}, 0))


@pytest.mark.parametrize("found", [planned({"trials": 5}, 0), planned({"trials": 3}, 1)])
def test_anything_else_is_refused_with_a_remedy(found, tmp_path):
    write_planned(tmp_path, {"tiny": planned({"trials": 3}, 0)})
    with pytest.raises(StalePlan, match=r"sweep tiny: .* Run snakemake again"):
        check_planned(tmp_path, "tiny", found)


def test_a_sweep_that_the_run_does_not_build_is_refused(tmp_path):
    with pytest.raises(StalePlan):
        check_planned(tmp_path, "tiny", planned())
    write_planned(tmp_path, {"other": planned()})
    with pytest.raises(StalePlan):
        check_planned(tmp_path, "tiny", planned())
