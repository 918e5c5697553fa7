"""The stages of the search for universities, and what may be chosen to do each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class Stages(BaseModel):
    """What does each stage of the search for a university."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    grouping: Literal["banding", "louvain", "none"] = Field(
        default="banding",
        title="Grouping",
        description="banding: courses whose students come from everywhere get hours in common, where CP-SAT "
        "does not come first; louvain: no such hours, and annealing deals out communities of courses in the "
        "place of departments; none: neither.",
    )
    feasibility: Literal["heat-bath", "dsatur", "cpsat"] = Field(
        default="heat-bath",
        title="Feasibility",
        description="dsatur: sessions are placed one by one; heat-bath: what clashes is annealed then; "
        "cpsat: departments are timetabled by CP-SAT one after another, then both.",
    )
    repair: Literal["breakout", "mixture", "learned", "none"] = Field(
        default="breakout",
        title="Repair",
        description="breakout: pairs that keep clashing weigh more, until nothing clashes; mixture: short "
        "bursts of heat baths and tabu search, drawn at random; learned: the same, chosen by a network.",
    )
    policy: Path | None = Field(
        default=None,
        title="Policy of the learned repair",
        description="File that 'echelon train repair' wrote; without one that of the package.",
    )
    quality: Literal["annealing", "genetic", "none"] = Field(
        default="annealing",
        title="Quality",
        description="annealing: sessions move and change rooms for what the week costs; genetic: weeks are "
        "crossed, and the best ones have most children.",
    )
    generations: Annotated[int, Field(ge=0, le=10_000_000, strict=True)] = Field(
        default=50,
        title="Generations",
        description="Generations of the genetic algorithm; 0 for as many as the time allows.",
    )

    @field_validator("policy", mode="before")
    @classmethod
    def _is_found_from_anywhere(cls, value: object) -> object:
        if isinstance(value, str | Path):
            return Path(value).expanduser().absolute() if str(value).strip() else None
        return value

    @model_validator(mode="after")
    def _goes_together(self) -> Stages:
        if self.policy is not None and self.repair != "learned":
            raise ValueError("a policy is for the learned repair\n  Maybe repair = learned was meant?")
        return self

    @property
    def words(self) -> str:
        """The strategies in their order, without those that are left out."""
        chosen = (self.grouping, self.feasibility, self.repair, self.quality)
        return ", ".join(word for word in chosen if word != "none")
