"""One round of advice as a principal goes through it, with the rules and with Claude."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from messages_api import KEY, MessagesApi, Scripted, messages_api, point_away, proposing
from page_checks import faint_texts, focus_ring, is_too_wide, shown
from running_dashboard import ROOT, Dashboard, until

from echelon_lib.generate.school import generate_school
from echelon_lib.runs.jobs import Jobs
from echelon_lib.runs.rounds import read_rounds
from echelon_lib.runs.workspace import Workspace
from echelon_lib.school_rules import SchoolRules

PAGE = "/voila/render/dashboards/master_schedule.ipynb"
PICTURES = ROOT / "test-output" / "dashboards"
TEACHER = "Why: the teacher is free then"

OpenPage = Callable[..., Any]


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesApi]:
    """A Claude of our own."""
    with messages_api() as running:
        yield running


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace in which a school with sections to spare has been solved."""
    folder = tmp_path_factory.mktemp("advice")
    generate_school(students=200, seed=3, surplus=6).write(folder / "school")
    place = Workspace(folder / "workspace")
    school = place.add_school("North High", {p.name: p.read_bytes() for p in (folder / "school").iterdir()})
    jobs = Jobs(place)
    job = jobs.start(school, SchoolRules(), solver="greedy")
    until(lambda: not jobs.job(job.id).going, "the first solve")
    return place


@pytest.fixture(scope="module")
def dashboard(workspace: Workspace, api: MessagesApi) -> Iterator[Dashboard]:
    """A dashboard with a key to Claude, on that workspace."""
    with pytest.MonkeyPatch.context() as patch:
        point_away(patch)
        told = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": api.url}
        with Dashboard(workspace.path.parent, **told) as running:
            yield running
