"""The fixture of the workflow tests."""

from pathlib import Path

import pytest
from workflow_pipeline import Pipeline


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    return Pipeline(tmp_path)
