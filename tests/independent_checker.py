"""A second reading of a school's rules, on the files alone: nothing of the library is used."""

from __future__ import annotations

import csv
import tomllib
from collections import Counter, defaultdict
from pathlib import Path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            {key.strip(): (value or "").strip() for key, value in row.items()} for row in csv.DictReader(file)
        ]


def check(school: Path, run: Path, *, sped_limit: int = 12, largest: int = 40) -> dict[str, int]:
    """Assert that a run keeps every required rule; return the requests, and those met and filled."""
    sections = {row["Section ID"]: row for row in rows(school / "Sections_Information.csv")}
    periods = [row["period_name"] for row in rows(school / "Period.csv")]
    sped = {
        row["Student ID"]: row["SPED"].lower() in {"yes", "y", "true", "1"}
        for row in rows(school / "Student_Info.csv")
    }
    asked = {
        row["Student ID"]: row["Preferred Sections"] for row in rows(school / "Student_Preference_Info.csv")
    }
    away = defaultdict(set)
    if (school / "Teacher_unavailability.csv").exists():
        for row in rows(school / "Teacher_unavailability.csv"):
            away[row["Teacher ID"]] |= {
                p.strip() for p in row["Unavailable Periods"].replace(";", ",").split(",")
            }

    placed = rows(run / "Master_Schedule.csv")
    assert sorted(row["Section ID"] for row in placed) == sorted(sections), "each section exactly once"
    period_of = {row["Section ID"]: row["Period"] for row in placed}
    assert set(period_of.values()) <= set(periods)
    busy: Counter[tuple[str, str]] = Counter()
    for section, period in period_of.items():
        fixed = sections[section].get("Period", "")
        assert fixed in ("", period), f"{section} is fixed elsewhere"
        teacher = sections[section]["Teacher Assigned"]
        if teacher.lower() not in {"", "tbd", "staff"}:
            busy[teacher, period] += 1
            assert period not in away[teacher], f"{teacher} is away in {period}"
    assert not busy or max(busy.values()) == 1, "a teacher is in two places"
    if (school / "rules.toml").exists():
        said = tomllib.loads((school / "rules.toml").read_text(encoding="utf-8"))
        _check_courses(said.get("courses", {}), sections, period_of)
        largest = said.get("section_maximum", largest)
        largest = 10_000 if largest == "off" else largest
    taught = {
        (row["Teacher ID"], row["Section ID"], row["Period"]) for row in rows(run / "Teacher_Schedule.csv")
    }
    assert all(
        (sections[s]["Teacher Assigned"], s, p) in taught
        for t, p in busy
        for s in [one for one, at in period_of.items() if at == p and sections[one]["Teacher Assigned"] == t]
    )

    size: Counter[str] = Counter()
    with_flag: Counter[str] = Counter()
    mine = defaultdict(list)
    for row in rows(run / "Student_Assignments.csv"):
        mine[row["Student ID"]].append(row["Section ID"])
        size[row["Section ID"]] += 1
        with_flag[row["Section ID"]] += sped[row["Student ID"]]
    for section, count in size.items():
        assert count <= min(int(float(sections[section]["# of Seats Available"])), largest), (
            f"{section} is too full"
        )
        assert with_flag[section] <= sped_limit, f"{section} has too many SPED students"
    requests = met = filled = 0
    for student, wishes in asked.items():
        times = [period_of[section] for section in mine[student]]
        assert len(times) == len(set(times)), "a student is in two places"
        courses = [sections[section]["Course ID"] for section in mine[student]]
        assert len(courses) == len(set(courses)), "a course twice"
        lists = [[course.strip() for course in wish.split("|")] for wish in wishes.split(";") if wish.strip()]
        assert set(courses) <= {course for wish in lists for course in wish}, "a course that nobody asked for"
        wanted = [wish for wish in lists if wish[0]]
        requests += len(wanted)
        met += sum(wish[0] in courses for wish in wanted)
        filled += len(courses)
    assert set(mine) <= set(asked)
    return {"requests": requests, "met": met, "filled": filled}


def _check_courses(
    rules: dict[str, dict[str, object]], sections: dict[str, dict[str, str]], period_of: dict[str, str]
) -> None:
    """Assert that courses are held in their periods, and not too often in one."""
    for course, rule in rules.items():
        held = [period_of[id] for id, row in sections.items() if row["Course ID"] == course]
        if "periods" in rule:
            assert set(held) <= set(rule["periods"]), f"{course} is outside its periods"
        if "per_period" in rule:
            assert max(Counter(held).values(), default=0) <= rule["per_period"], f"{course} too often at once"
