"""The sessions of a week: lectures of each section, and a lab for each of its batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon_lib.generate.university.courses import Catalogue
from echelon_lib.generate.university.draws import Dice, Ints
from echelon_lib.generate.university.sections import Section

LARGEST_BATCH = 30
LAB_SLOTS = 2
PLAIN, PROJECTOR, FIRST_LAB = 0, 1, 2
"""What a session needs: a lecture room, one with a projector, or the lab of a type, numbered from 2 on."""

CAPACITIES = np.array([20, 30, 36, 45, 60, 90])
_WITH_PROJECTOR = 0.2


@dataclass(frozen=True, slots=True)
class Teaching:
    """What is taught in a week.

    Parameters
    ----------
    course
        By section.
    section, is_lab, members
        By group: the whole of a section, and then each batch of its lab.
    group, length, need
        By session.
    bucket
        By session: the smallest of `CAPACITIES` that it fits into.
    """

    course: Ints
    section: Ints
    is_lab: NDArray[np.bool_]
    members: list[Ints]
    group: Ints
    length: Ints
    need: Ints
    bucket: Ints

    @property
    def sizes(self) -> Ints:
        """Students of each group."""
        return np.array([len(group) for group in self.members])

    @property
    def entries(self) -> int:
        """Attendances of a week."""
        return int(self.sizes[self.group].sum())


def draw_sessions(dice: Dice, catalogue: Catalogue, sections: Sequence[Section]) -> Teaching:
    """Divide sections into batches for their labs, and list the sessions of all."""
    projector = dice.quota({True: _WITH_PROJECTOR, False: 1 - _WITH_PROJECTOR}, len(sections))
    section_of: list[int] = []
    members_of: list[Ints] = []
    is_lab: list[bool] = []
    sessions: list[tuple[int, int, int]] = []
    for section, (course, members) in enumerate(sections):
        need = PROJECTOR if projector[section] else PLAIN
        sessions += [(len(section_of), 1, need)] * int(catalogue.lectures[course])
        section_of.append(section)
        members_of.append(members)
        is_lab.append(False)
        if not catalogue.labs[course]:
            continue
        half = len(members) // 2
        need = FIRST_LAB + int(catalogue.lab_type[catalogue.department[course]])
        for batch in [members] if len(members) <= LARGEST_BATCH else [members[:half], members[half:]]:
            sessions += [(len(section_of), LAB_SLOTS, need)] * int(catalogue.labs[course])
            section_of.append(section)
            members_of.append(batch)
            is_lab.append(True)
    group, length, needs = np.array(sessions, dtype=np.int64).T
    sizes = np.array([len(members) for members in members_of])
    return Teaching(
        course=np.array([course for course, _ in sections]),
        section=np.array(section_of),
        is_lab=np.array(is_lab),
        members=members_of,
        group=group,
        length=length,
        need=needs,
        bucket=np.searchsorted(CAPACITIES, sizes[group]),
    )
