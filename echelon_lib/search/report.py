"""How a search tells what it has found so far."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Report: TypeAlias = Callable[[int, int | None, int | None], None]
"""Called with a level, its incumbent and its bound; None where there is nothing new."""
