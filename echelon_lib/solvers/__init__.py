"""Solvers: linear models and their backends, exact reductions, and the results that come out."""
