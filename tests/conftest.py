"""Fixtures that several tests share."""

import pytest
from hypothesis import settings
from samples import make_parameters

from genphase.parameters import Parameters

# No test is about time.
settings.register_profile("genphase", deadline=None)
settings.load_profile("genphase")


@pytest.fixture
def parameters() -> Parameters:
    return make_parameters()
