"""An interpreter whose runs end as if the evaluator had contradicted the solver, or with an error."""

from __future__ import annotations

import sys
from pathlib import Path

_SCRIPT = """#!{python}
import json, subprocess, sys
done = subprocess.run([{python!r}, *sys.argv[1:]], capture_output=True, text=True)
said = json.loads(done.stdout)
if "status" in said:
    said["mismatches"] = ["level 1 costs 5, and the solver said 4"]
print(json.dumps(said))
sys.exit(1)
"""


def ending_badly(folder: Path) -> str:
    """Return the path of such an interpreter."""
    script = folder / "python"
    script.write_text(_SCRIPT.format(python=sys.executable), encoding="utf-8")
    script.chmod(0o755)
    return str(script)
