"""Whether runs keep every required rule, by a reader that uses nothing of the library.

.venv/bin/python benchmarks/check_run.py kept/runs/*
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"


def main() -> int:
    """Print a line for each run, and what is broken; return 1 if anything is."""
    sys.path.insert(0, str(TESTS))
    import independent_checker
    import independent_university

    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="run folders")
    options.add_argument(
        "--school", type=Path, help="folder of the school or university; otherwise the one the run names"
    )
    options.add_argument("--rules", type=Path, help="rules file; otherwise the one the run names")
    chosen = options.parse_args()
    wrong = 0
    for run in chosen.runs:
        record = json.loads((run / "result.json").read_text(encoding="utf-8"))
        said, of_university = record["parameters"], record.get("institution") == "university"
        read = independent_university.read if of_university else independent_checker.read
        rules = chosen.rules or (said["rules"] and Path(said["rules"]))
        broken, figures = read(chosen.school or Path(said["folder"]), run, rules)
        wrong += bool(broken)
        told = ", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in figures.items())
        print(f"{run}: {len(broken)} broken; {told}")  # noqa: T201
        for rule, text in broken:
            print(f"  {rule}: {text}")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
