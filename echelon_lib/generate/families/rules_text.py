"""The rules file of a made-up school, as TOML that people can read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from echelon_lib.generate.families.courses import OfferedCourse
from echelon_lib.generate.families.sections import SPED_LIMIT


def rules_text(
    name: str,
    days: Sequence[Sequence[str]],
    courses: Sequence[OfferedCourse],
    per_period: Mapping[str, int],
) -> str:
    """Return the text of the rules file.

    Parameters
    ----------
    name
        Name of the school.
    days
        Periods of each day.
    courses
        What is offered; a course of few periods has one teacher only.
    per_period
        Sections in one period at most, by course.
    """
    calendar = {day[0][0] if len(days) > 1 else "Day": day for day in days}
    lines = [
        "# Rules of a made-up school; nobody goes there.",
        '# Each rule is "required", "off" or { priced = n } per unit; a missing key has the usual default.',
        f"name = {json.dumps(name)}",
        "",
        f"sped_limit = {SPED_LIMIT}",
        "teacher_load = 6",
    ]
    if any(course.whole for course in courses):
        lines.append('section_maximum = "off"  # some sections hold a whole cohort')
    told = ", ".join(f"{day} = {json.dumps(periods)}" for day, periods in calendar.items())
    lines += ["", "[calendar]", f"days = {{ {told} }}", "", "[requests]", "core_factor = 4"]
    for course in courses:
        if course.periods:
            lines += [
                "",
                f"[courses.{json.dumps(course.title)}]",
                f"periods = {json.dumps(course.periods)}",
                "dedicated_teacher = true",
            ]
    for title, limit in per_period.items():
        lines += ["", f"[courses.{json.dumps(title)}]", f"per_period = {limit}"]
    return "\n".join([*lines, ""])
