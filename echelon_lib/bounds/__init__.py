"""What arithmetic alone says: which times are left, what fits, and how many requests cannot be met."""

from __future__ import annotations

from echelon_lib.bounds.requests import RequestBound, request_bound
from echelon_lib.bounds.seats import Capacity, Shortage, capacities, shortages
from echelon_lib.bounds.times import Tight, allowed_times, most_disjoint, tight_sets

__all__ = [
    "Capacity",
    "RequestBound",
    "Shortage",
    "Tight",
    "allowed_times",
    "capacities",
    "most_disjoint",
    "request_bound",
    "shortages",
    "tight_sets",
]
