"""A rest for the collector of cyclic garbage while a great many objects are made that stay."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Let the collector rest: it would walk through all objects of a large problem again and again.

    Whatever is not part of a cycle is freed as always. Where several threads rest it, it works again as soon
    as the first of them is done, which costs time and nothing else.
    """
    worked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if worked:
            gc.enable()
