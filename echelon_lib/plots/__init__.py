"""One figure per function: each returns a plotly figure and shows nothing."""
