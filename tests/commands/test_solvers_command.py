"""``echelon solvers --compile``: the search is compiled ahead, and the list says whether that was done."""

from __future__ import annotations

import pytest
from command_runner import documents, echelon

from echelon_lib.runs import compiling


def test_solvers_compile_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(compiling, "warm_up", lambda: done.append("school"))
    monkeypatch.setattr(compiling, "warm_up_university", lambda stages: done.append("university"))
    monkeypatch.setattr(compiling, "compiled", lambda: bool(done))
    monkeypatch.setattr(compiling, "cores", lambda: 1)
    said = " ".join(echelon("solvers").stdout.split())
    assert "The search for large schools and for universities is not compiled on this machine yet" in said
    told = echelon("solvers", "--compile")
    assert "Compiling the search (once on this machine)" in told.stderr
    code, document = documents("solvers")
    assert (code, document["compiled"]) == (0, True)
    assert set(done) == {"school", "university"}
    assert "is compiled on this machine" in echelon("solvers").stdout
