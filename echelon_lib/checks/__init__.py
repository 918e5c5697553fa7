"""The checks of preflight, each a function from facts to findings."""
