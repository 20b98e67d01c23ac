import math

import numpy as np
import pandas as pd

from genphase.tables.files import read_table, write


class TestReadTable:
    def test_numbers_names_and_width_lists(self, tmp_path):
        path = tmp_path / "cells.csv"
        path.write_text(
            "cell,solver,architecture,widths,k,noise,rate,low\n"
            '00012345678901234567,1,"[5,6]","[5,6]",3,0.30000000000000004,nan,-inf\n'
            "1e5,nan,[7],[7],4,1e-320,0.5,inf\n"
        )
        table = read_table(path)
        assert table["cell"].tolist() == ["00012345678901234567", "1e5"]
        assert table["solver"].tolist() == ["1", "nan"]
        assert table["architecture"].tolist() == ["[5,6]", "[7]"]
        assert table["widths"].tolist() == ["[5,6]", "[7]"]
        assert table["k"].tolist() == [3, 4]
        assert table["k"].dtype.kind == "i"
        assert table["noise"].tolist() == [0.1 + 0.2, 1e-320]
        assert math.isnan(table["rate"][0])
        assert table["low"].tolist() == [-math.inf, math.inf]

    def test_what_is_written_is_read(self, tmp_path):
        numbers = np.random.default_rng(0).standard_normal(500)
        numbers *= 10.0 ** np.random.default_rng(1).integers(-300, 300, 500)
        write(pd.DataFrame({"x": numbers}), tmp_path / "t.csv")
        np.testing.assert_array_equal(read_table(tmp_path / "t.csv")["x"], numbers)
