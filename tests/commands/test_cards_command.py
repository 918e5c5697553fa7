"""``echelon cards``: what it writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path

from command_runner import documents, echelon


def test_each_kind_of_page(made: Path, tmp_path: Path) -> None:
    before = sorted(path.name for path in made.rglob("*"))
    done = echelon("cards", made)
    assert done.exit_code == 0
    assert done.stdout.startswith("Written to made-students.html")
    assert '<section class="card">' in Path("made-students.html").read_text(encoding="utf-8")
    code, document = documents("cards", made, "--teachers", "--out", tmp_path / "t.html")
    assert (code, document["what"]) == (0, "teachers")
    assert echelon("cards", made, "--master").exit_code == 0
    assert "master schedule" in Path("made-master.html").read_text(encoding="utf-8")
    assert sorted(path.name for path in made.rglob("*")) == before


def test_what_cannot_be_is_refused(made: Path) -> None:
    for words in (["nowhere"], [made, "--master", "--teachers"], [made, "--out", "a.pdf"]):
        done = echelon("cards", *words)
        assert done.exit_code in (1, 2)
        assert "Maybe" in done.stderr
    assert [path.name for path in Path.cwd().iterdir()] == ["made"]
