"""The stages of the search for universities, and what may be chosen to do each."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Stages(BaseModel):
    """What does each stage of the search for a university."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    grouping: Literal["banding", "none"] = Field(
        default="banding",
        title="Grouping",
        description="banding: courses whose students come from everywhere get hours in common; cpsat goes "
        "without them.",
    )
    feasibility: Literal["heat-bath", "dsatur", "cpsat"] = Field(
        default="heat-bath",
        title="Feasibility",
        description="dsatur: sessions are placed one by one; heat-bath: what clashes is annealed then; "
        "cpsat: departments are timetabled by CP-SAT one after another, then both.",
    )
    repair: Literal["breakout", "none"] = Field(
        default="breakout",
        title="Repair",
        description="breakout: pairs that keep clashing weigh more, until nothing clashes.",
    )
    quality: Literal["annealing", "none"] = Field(
        default="annealing",
        title="Quality",
        description="annealing: sessions move and change rooms for what the week costs.",
    )

    @property
    def words(self) -> str:
        """The strategies in their order, without those that are left out."""
        chosen = (self.grouping, self.feasibility, self.repair, self.quality)
        return ", ".join(word for word in chosen if word != "none")
