"""The compiled part of the search for schools: arrays, moves on them, and the loops that anneal.

Nothing here knows a problem or a rule by name: rules arrive as masks, books of counts and tables of prices.
Only this folder imports numba, and it is compiled at the first use, never at import.
"""
