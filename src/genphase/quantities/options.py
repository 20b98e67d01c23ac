"""Options that quantities share."""

from typing import Annotated, Literal

from pydantic import Field

Layer = Annotated[int, Field(ge=1)]
Points = Annotated[int, Field(ge=1, le=1_000_000)]
Ascent = Annotated[int, Field(ge=0, le=1_000_000)]
Statistic = Literal["greatest", "mean"]
