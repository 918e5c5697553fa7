"""Make the picture of the README: the master schedule of the sample school.

    .venv/bin/python docs/picture.py

It needs kaleido (``.venv/bin/python -m pip install kaleido``) and Chrome or Chromium. The periods may differ
from run to run where the second level of the search runs out of time.
"""

from __future__ import annotations

from pathlib import Path

from echelon_lib import SchoolRules, load_school, solve
from echelon_lib.plots.grid import plot_grid

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "master_schedule.png"

rules = SchoolRules.from_toml(ROOT / "data" / "rules" / "valley_high.toml")
school = load_school(ROOT / "data" / "samples" / "valley_high", rules)
result = solve(school, stop=60, seed=0)
if result.best is None:
    raise SystemExit("No timetable was found; maybe the machine is busy?")

figure = plot_grid(school, result.best, "teacher", most=18)
figure.update_layout(title_text="Valley High: master schedule by teacher")
PICTURE.parent.mkdir(parents=True, exist_ok=True)
figure.write_image(PICTURE, width=1000, height=600, scale=1.5)
